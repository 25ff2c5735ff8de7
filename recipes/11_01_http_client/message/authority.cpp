// Split by hand: Boost.URL 1.81 reads http://127.0.0.1.evil.example:80/ as the host 127.0.0.1, and
// decodes %0d%0a in a host.
#include "authority.hpp"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <charconv>
#include <utility>

#include "common/http/grammar.hpp"
#include "common/net/address.hpp"
#include "percent_encoding.hpp"

namespace cookbook::http_client {
namespace {

using boost::system::result;
using boost::urls::grammar::lut_chars;

constexpr lut_chars unreserved = lut_chars(boost::urls::grammar::alnum_chars) + "-._~";

constexpr std::uint16_t default_port(bool is_https) {
    return is_https ? 443 : 80;
}

bool consists_of(std::string_view text, const lut_chars& characters) {
    return std::ranges::all_of(text, [&](unsigned char c) { return characters(c); });
}

/// A user or a password, decoded.
result<std::string> decode_credential(std::string_view text) {
    static constexpr lut_chars allowed = unreserved + "!$&'()*+,;=:%";
    auto decoded = percent_decode(text);
    if (!decoded || !consists_of(text, allowed) || has_control(*decoded)) {
        return UrlError::credentials;
    }
    return *std::move(decoded);
}

result<Credentials> parse_credentials(std::string_view text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    auto user = decode_credential(text.substr(0, colon));
    auto password = decode_credential(text.substr(std::min(colon + 1, text.size())));
    if (!user || !password) {
        return UrlError::credentials;
    }
    return Credentials{*std::move(user), *std::move(password)};
}

/// An IPv6 address in its shortest form (RFC 5952). No zone: it means nothing to the server.
result<std::string> parse_ipv6(std::string_view text) {
    static constexpr lut_chars allowed = "0123456789abcdefABCDEF:.";
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address_v6(std::string(text), error);
    if (error || !consists_of(text, allowed)) {
        return UrlError::host;
    }
    return address.to_string();
}

/// Takes the host from the start of `text`, and the brackets around an IPv6 address.
result<std::string> take_host(std::string_view& text) {
    const bool has_bracket = text.starts_with('[');
    const std::size_t end = std::min(text.find(has_bracket ? ']' : ':'), text.size());
    const std::string_view host = text.substr(0, end);
    text.remove_prefix(end);
    if (has_bracket && !text.empty()) {
        text.remove_prefix(1);
        return parse_ipv6(host.substr(1));
    }
    if (host.empty() || !consists_of(host, unreserved)) {
        return UrlError::host;
    }
    return http::grammar::to_lower(host);
}

/// ":8080", "" or ":" (RFC 3986, 3.2.3).
result<std::uint16_t> parse_port(std::string_view text, bool is_https) {
    if (!text.empty() && text[0] != ':') {
        return UrlError::host;
    }
    const std::string_view digits = text.substr(std::min<std::size_t>(1, text.size()));
    if (digits.empty()) {
        return default_port(is_https);
    }
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    if (error != std::errc() || end != digits.end()) {
        return UrlError::port;
    }
    return port;
}

}  // namespace

result<Authority> parse_authority(std::string_view text, bool is_https) {
    Authority authority;
    authority.origin.is_https = is_https;
    if (const std::size_t at = text.rfind('@'); at != text.npos) {
        auto credentials = parse_credentials(text.substr(0, at));
        if (!credentials) {
            return credentials.error();
        }
        authority.credentials = *std::move(credentials);
        text.remove_prefix(at + 1);
    }
    auto host = take_host(text);
    if (!host) {
        return host.error();
    }
    const auto port = parse_port(text, is_https);
    if (!port) {
        return port.error();
    }
    authority.origin.host = *std::move(host);
    authority.origin.port = *port;
    return authority;
}

std::string host_field(const Origin& origin) {
    std::string authority = authority_form(origin);
    if (origin.port == default_port(origin.is_https)) {
        authority.erase(authority.rfind(':'));
    }
    return authority;
}

std::string authority_form(const Origin& origin) {
    return cookbook::to_string(HostPort{origin.host, origin.port});
}

}  // namespace cookbook::http_client
