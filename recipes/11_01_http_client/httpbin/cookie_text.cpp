#include "cookie_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <charconv>
#include <iterator>
#include <utility>

#include "11_01_http_client/message/split.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using boost::urls::grammar::lut_chars;

/// What the escape at the beginning of `text`, "\054" or "\"", stands for, and its size.
std::pair<char, std::size_t> unescape(std::string_view text) {
    constexpr std::size_t digits = 3;
    unsigned number = 0;
    const std::string_view octal = text.substr(1, digits);
    const auto [end, error] = std::from_chars(octal.data(), octal.data() + octal.size(), number, 8);
    const bool is_byte = error == std::errc() && end == octal.data() + digits && number <= 0xffU;
    return is_byte ? std::pair(static_cast<char>(number), 1 + digits)
                   : std::pair(text[1], std::size_t{2});
}

std::string unquote(std::string_view value) {
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) {
        return std::string(value);
    }
    std::string unquoted;
    value = value.substr(1, value.size() - 2);
    while (!value.empty()) {
        const bool is_escape = value[0] == '\\' && value.size() > 1;
        const auto [c, size] = is_escape ? unescape(value) : std::pair(value[0], std::size_t{1});
        unquoted += c;
        value.remove_prefix(size);
    }
    return unquoted;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> split_cookies(std::string_view field) {
    std::vector<std::pair<std::string, std::string>> cookies;
    while (!field.empty()) {
        std::string_view value = take_until(field, ';');
        const std::string_view name = trimmed(take_until(value, '='));
        if (!name.empty()) {
            cookies.emplace_back(name, unquote(trimmed(value)));
        }
    }
    return cookies;
}

std::string quote_cookie_value(std::string_view value) {
    static constexpr lut_chars plain =
        lut_chars(boost::urls::grammar::alnum_chars) + "/=!#$%&'*+-.^_`|~:";
    if (std::ranges::all_of(value, [](unsigned char c) { return plain(c); })) {
        return std::string(value);
    }
    std::string quoted = "\"";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted.append("\\") += c;
        } else if (c == ',' || c == ';' || byte < ' ' || byte > '~') {
            fmt::format_to(std::back_inserter(quoted), "\\{:03o}", byte);
        } else {
            quoted += c;
        }
    }
    return quoted += '"';
}

}  // namespace cookbook::http_client::httpbin
