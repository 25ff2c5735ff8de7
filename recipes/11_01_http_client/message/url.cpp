#include "url.hpp"

#include <utility>

#include "common/http/grammar.hpp"
#include "percent_encoding.hpp"
#include "reference.hpp"

namespace cookbook::http_client {
namespace {

using boost::system::result;
using http::grammar::same_name;

std::optional<std::string> encode_if_any(std::optional<std::string_view> text) {
    return text ? std::optional(encode_illegal(*text)) : std::nullopt;
}

/// A reference that names its own authority.
result<Url> resolve_absolute(const Reference& parts, bool is_https) {
    auto authority = parse_authority(parts.authority.value_or(""), is_https);
    if (!authority) {
        return authority.error();
    }
    Url url;
    url.origin = std::move(authority->origin);
    url.credentials = std::move(authority->credentials);
    url.path = resolve_path("/", encode_illegal(parts.path));
    url.query = encode_if_any(parts.query);
    return url;
}

/// RFC 3986, 5.2.2, all but the fragment.
result<Url> resolve_parts(const Url& base, const Reference& parts) {
    const bool says_https = parts.scheme && same_name(*parts.scheme, "https");
    if (parts.scheme && !says_https && !same_name(*parts.scheme, "http")) {
        return UrlError::scheme;
    }
    if (parts.scheme || parts.authority) {
        return resolve_absolute(parts, parts.scheme ? says_https : base.origin.is_https);
    }
    Url url = base;
    if (!parts.path.empty()) {
        url.path = resolve_path(base.path, encode_illegal(parts.path));
    }
    if (!parts.path.empty() || parts.query) {
        url.query = encode_if_any(parts.query);
    }
    return url;
}

}  // namespace

result<Url> parse_url(std::string_view text) {
    if (has_control(text)) {
        return UrlError::control_character;
    }
    if (text.find(' ') != text.npos) {
        return UrlError::space;
    }
    if (!split_reference(text).scheme) {
        return UrlError::scheme;
    }
    return resolve({}, text);
}

result<Url> resolve(const Url& base, std::string_view reference) {
    if (has_control(reference)) {
        return UrlError::control_character;
    }
    const Reference parts = split_reference(reference);
    auto url = resolve_parts(base, parts);
    if (url) {
        url->fragment = parts.fragment ? encode_illegal(*parts.fragment) : base.fragment;
    }
    return url;
}

std::string to_string(const Url& url) {
    std::string text = absolute_form(url);
    return url.fragment ? text.append("#").append(*url.fragment) : text;
}

std::string origin_form(const Url& url) {
    return url.query ? url.path + "?" + *url.query : url.path;
}

std::string absolute_form(const Url& url) {
    return (url.origin.is_https ? "https://" : "http://") + host_field(url.origin) +
           origin_form(url);
}

}  // namespace cookbook::http_client
