#include "set_cookie.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "11_01_http_client/message/split.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::http_client {
namespace {

using http::grammar::same_name;

/// Delta-seconds, of any size (5.2.2): what is negative is zero, what is too much is very much.
std::optional<std::chrono::seconds> parse_max_age(std::string_view text) {
    constexpr std::chrono::hours very_long = std::chrono::hours(24) * 365 * 1000;
    const bool is_negative = text.starts_with('-');
    const std::string_view digits = text.substr(is_negative ? 1 : 0);
    if (digits.find_first_not_of("0123456789") != digits.npos || text.empty()) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    if (is_negative) {
        return std::chrono::seconds(0);
    }
    return error == std::errc()
               ? std::min<std::chrono::seconds>(std::chrono::seconds(number), very_long)
               : very_long;
}

void add_attribute(SetCookie& cookie, std::string_view name, std::string_view value) {
    if (same_name(name, "Expires")) {
        const auto date = parse_cookie_date(value);
        cookie.expires = date ? date : cookie.expires;
    } else if (same_name(name, "Max-Age")) {
        const auto age = parse_max_age(value);
        cookie.max_age = age ? age : cookie.max_age;
    } else if (same_name(name, "Domain") && !value.empty()) {
        cookie.domain = value.substr(value.starts_with('.') ? 1 : 0);
    } else if (same_name(name, "Path")) {
        cookie.path = value.starts_with('/') ? value : std::string_view();
    } else if (same_name(name, "Secure")) {
        cookie.secure = true;
    } else if (same_name(name, "HttpOnly")) {
        cookie.http_only = true;
    }
}

bool is_control_but_tab(char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}

}  // namespace

std::optional<SetCookie> parse_set_cookie(std::string_view field) {
    constexpr std::size_t max_attribute = 1024;  // longer values are passed over
    if (std::ranges::any_of(field, is_control_but_tab)) {
        return std::nullopt;
    }
    std::string_view pair = take_until(field, ';');
    if (pair.find('=') == pair.npos) {
        return std::nullopt;
    }
    SetCookie cookie;
    cookie.name = trimmed(take_until(pair, '='));
    cookie.value = trimmed(pair);
    while (!field.empty()) {
        std::string_view value = take_until(field, ';');
        const std::string_view name = trimmed(take_until(value, '='));
        value = trimmed(value);
        if (value.size() <= max_attribute) {
            add_attribute(cookie, name, value);
        }
    }
    return cookie.name.empty() ? std::nullopt : std::optional(cookie);
}

}  // namespace cookbook::http_client
