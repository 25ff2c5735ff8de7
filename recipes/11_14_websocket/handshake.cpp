#include "handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <stdexcept>

#include "11_01_http_client/message/basic_credentials.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::websocket {
namespace {

using http::field;
using http::status;
namespace grammar = http::grammar;

constexpr std::string_view version = "13";

/// All fields of that name as one list (RFC 9110, 5.3).
std::string list_of(const http::Request& request, field name) {
    std::string list;
    for (const http::Field& each : request.fields) {
        if (each.id == name) {
            list.append(list.empty() ? "" : ", ").append(each.value);
        }
    }
    return list;
}

bool has_element(std::string_view list, std::string_view element) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        std::string_view each = list.substr(0, comma);
        each.remove_prefix(std::min(each.find_first_not_of(" \t"), each.size()));
        each = each.substr(0, each.find_last_not_of(" \t") + 1);
        if (grammar::same_name(each, element)) {
            return true;
        }
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

/// 16 bytes in base64 (RFC 4648): 22 characters, and two that fill up.
bool is_key(std::string_view text) {
    constexpr std::string_view characters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return text.size() == 24 && text.ends_with("==") && text.find_first_not_of(characters) == 22;
}

/// An origin, or a host with a port, in the form in which two can be compared.
std::string normalised(std::string_view origin) {
    std::string text = grammar::to_lower(origin);
    const std::string_view default_port = text.starts_with("https:") ? ":443" : ":80";
    if (text.ends_with(default_port)) {
        text.resize(text.size() - default_port.size());
    }
    return text;
}

/// Whether a host is one that nobody but us can be called: a page of evil.example, whose name was
/// changed to 127.0.0.1 after it was loaded, has an Origin that is equal to its Host.
bool is_ours(std::string_view host, const OriginPolicy& policy) {
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != host.npos && host.find(']', colon) == host.npos;
    std::string name(has_port ? host.substr(0, colon) : host);
    if (name.starts_with('[') && name.ends_with(']')) {
        name = name.substr(1, name.size() - 2);
    }
    error_code not_an_address;
    asio::ip::make_address(name, not_an_address);
    if (!not_an_address || grammar::same_name(name, "localhost")) {
        return true;
    }
    return std::ranges::any_of(policy.also, [&](std::string_view origin) {
        const std::string scheme(origin.substr(0, origin.find("://") + 3));
        return normalised(origin) == normalised(scheme + std::string(host));
    });
}

http::Error not_a_handshake() {
    return http::Error(status::upgrade_required, "this is a WebSocket: ask for an upgrade");
}

/// Whether the request asks for our protocol. Nothing if it does.
std::optional<http::Error> find_fault(const http::Request& request) {
    if (request.method != http::verb::get || request.version < 11 ||
        !has_element(list_of(request, field::upgrade), "websocket") ||
        !has_element(list_of(request, field::connection), "upgrade")) {
        return not_a_handshake();
    }
    if (list_of(request, field::sec_websocket_version) != version) {
        return http::Error(status::upgrade_required, "this is WebSocket version 13");
    }
    if (!is_key(list_of(request, field::sec_websocket_key))) {
        return http::bad_request("Sec-WebSocket-Key must be 16 bytes in base64, once");
    }
    if (request.content_length.value_or(0) > 0 || !request[field::transfer_encoding].empty()) {
        return http::bad_request("a handshake has no body");
    }
    return {};
}

/// Programs that are no browsers send no Origin, and could send any.
bool may_connect(const http::Request& request, const OriginPolicy& policy) {
    return std::ranges::all_of(request.fields, [&](const http::Field& each) {
        return each.id != field::origin || is_allowed(each.value, request.host, policy);
    });
}

}  // namespace

std::string accept_key(std::string_view key) {
    // [step 4] The SHA-1 of the key and the protocol's own GUID, in base64 (RFC 6455, 4.2.2).
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest;
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no SHA-1");
    }
    return http_client::to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
    // [end]
}

bool is_allowed(std::string_view origin, std::string_view host, const OriginPolicy& policy) {
    // [step 4] The origin must be ours or one of the policy's, and the host must be ours.
    const std::string own = (policy.is_tls ? "https://" : "http://") + std::string(host);
    const auto is_same = [&](std::string_view other) {
        return normalised(origin) == normalised(other);
    };
    return (is_same(own) || std::ranges::any_of(policy.also, is_same)) && is_ours(host, policy);
    // [end]
}

http::Result<Accepted> accept_handshake(const http::Request& request, const OriginPolicy& policy,
                                        bool compression) {
    if (const auto fault = find_fault(request)) {
        return *fault;
    }
    if (!may_connect(request, policy)) {
        return http::Error(status::forbidden, "pages of this origin may not connect");
    }
    const auto agreed = compression
                            ? accept_offer(list_of(request, field::sec_websocket_extensions))
                            : std::nullopt;
    std::string response =
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        accept_key(request[field::sec_websocket_key]) + "\r\n";
    if (agreed) {
        response += "Sec-WebSocket-Extensions: " + agreed->response + "\r\n";
    }
    return Accepted{response + "\r\n", agreed ? std::optional(agreed->compression) : std::nullopt};
}

http::Response refusal(const http::Error& error) {
    http::Response response = http::error_response(error);
    if (error.status == status::upgrade_required) {
        response.add(field::upgrade, "websocket").add(field::connection, "Upgrade");
        response.add(field::sec_websocket_version, version);
    }
    return response;
}

}  // namespace cookbook::websocket
