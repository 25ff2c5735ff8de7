#include "request_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "common/http/grammar.hpp"
#include "message/basic_credentials.hpp"
#include "message/percent_encoding.hpp"

namespace cookbook::http_client {
namespace {

using http::grammar::same_name;
using namespace std::string_view_literals;

bool is_one_of(std::string_view name, const auto& names) noexcept {
    return std::ranges::any_of(names, [&](std::string_view one) { return same_name(one, name); });
}

/// Fields that other origins must not see: they are secret, or say which server is meant.
bool is_for_first_origin(std::string_view name) {
    return is_one_of(name,
                     std::array{"Authorization"sv, "Cookie"sv, "Host"sv, "Proxy-Authorization"sv});
}

bool describes_content(std::string_view name) {
    constexpr std::string_view prefix = "Content-";
    return same_name(name.substr(0, prefix.size()), prefix);
}

/// Methods whose requests have a body, as a rule: the server learns that there is none (RFC 9110,
/// 8.6).
bool expects_body(std::string_view method) {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

/// The cookies that are for the first host only, and those of the jar.
std::string join_cookies(std::string_view own, std::string_view jar) {
    const std::string_view separator = own.empty() || jar.empty() ? "" : "; ";
    return std::string(jar).append(separator).append(own);
}

/// A head that is being written.
class HeadWriter {
public:
    HeadWriter(const Request& request, const Hop& hop) : request_(request), hop_(hop) {
        constexpr std::size_t usual_size = 512;
        head_.reserve(usual_size);
    }

    void begin(std::string_view target) {
        head_.append(hop_.method).append(" ").append(target).append(" HTTP/1.1\r\n");
    }
    void add(std::string_view name, std::string_view value) {
        head_.append(name).append(": ").append(value).append("\r\n");
    }
    /// Adds a field, unless the request has its own of that name, or goes without it.
    void add_default(std::string_view name, std::string_view value) {
        const bool is_replaced = travels(name) && request_.fields.contains(name);
        if (!is_replaced && !is_one_of(name, request_.without)) {
            add(name, value);
        }
    }
    void add_own() {
        for (const Field field : request_.fields) {
            if (travels(field.name)) {
                add(field.name, field.value);
            }
        }
    }
    void add_credentials() {
        const auto& credentials =
            request_.credentials ? request_.credentials : hop_.url.credentials;
        if (credentials && hop_.at_first_origin) {
            add_default("Authorization", basic_credentials(*credentials));
        }
    }
    /// What the body is, and how long.
    void add_content() {
        const Body& body = request_.body;
        if (!hop_.has_content || body.empty()) {
            if (expects_body(hop_.method)) {
                add("Content-Length", "0");
            }
            return;
        }
        if (!body.content_type().empty()) {
            add_default("Content-Type", body.content_type());
        }
        if (const auto size = body.size()) {
            add("Content-Length", fmt::format_int(*size).c_str());
        } else {
            add("Transfer-Encoding", "chunked");
        }
    }

    std::string end() && {
        head_ += "\r\n";
        return std::move(head_);
    }

private:
    [[nodiscard]] bool travels(std::string_view name) const {
        return (hop_.at_first_origin || !is_for_first_origin(name)) &&
               (hop_.has_content || !describes_content(name));
    }

    const Request& request_;
    const Hop& hop_;
    std::string head_;
};

}  // namespace

bool says_length(std::string_view name) noexcept {
    return is_one_of(name, std::array{"Content-Length"sv, "Transfer-Encoding"sv});
}

void check(const Request& request) {
    if (!http::grammar::is_token(request.method)) {
        throw std::invalid_argument("the method is not a token");
    }
    if (request.method == "CONNECT") {
        throw std::invalid_argument("CONNECT asks for a tunnel, and only a proxy has one");
    }
    if (has_control(request.cookies)) {
        throw std::invalid_argument("the cookies have a control character");
    }
    if (request.credentials &&
        (has_control(request.credentials->user) || has_control(request.credentials->password))) {
        throw std::invalid_argument("user or password has a control character");  // RFC 7617, 2
    }
    if (!http::grammar::is_field_value(request.body.content_type())) {
        throw std::invalid_argument("the body's type has a control character");
    }
    for (const Field field : request.fields) {
        if (says_length(field.name)) {
            throw std::invalid_argument("the body says its length itself: no field " +
                                        std::string(field.name));
        }
    }
}

std::string compose_head(const Request& request, const Hop& hop, const Fields& defaults,
                         std::string_view cookies, const std::optional<Proxy>& proxy) {
    const bool to_proxy = proxy && !hop.url.origin.is_https;
    HeadWriter head(request, hop);
    head.begin(to_proxy ? absolute_form(hop.url) : origin_form(hop.url));
    head.add_default("Host", host_field(hop.url.origin));
    for (const Field field : defaults) {
        head.add_default(field.name, field.value);
    }
    head.add_own();
    head.add_credentials();
    if (to_proxy && proxy->credentials) {
        head.add_default("Proxy-Authorization", basic_credentials(*proxy->credentials));
    }
    const std::string_view own_cookies =
        hop.at_first_host ? std::string_view(request.cookies) : std::string_view();
    if (!own_cookies.empty() || !cookies.empty()) {
        head.add_default("Cookie", join_cookies(own_cookies, cookies));
    }
    head.add_content();
    return std::move(head).end();
}

}  // namespace cookbook::http_client
