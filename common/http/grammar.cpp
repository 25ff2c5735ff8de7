#include "common/http/grammar.hpp"

#include <algorithm>
#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/digit_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>

namespace cookbook::http::grammar {
namespace {

using boost::urls::grammar::lut_chars;

constexpr lut_chars digits = boost::urls::grammar::digit_chars;
constexpr lut_chars alnum = boost::urls::grammar::alnum_chars;

bool consists_of(std::string_view text, const lut_chars& characters) noexcept {
    return std::ranges::all_of(text, [&](unsigned char c) { return characters(c); });
}

char lower(char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_control(char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}

}  // namespace

bool is_token(std::string_view text) noexcept {
    static constexpr lut_chars token = alnum + "!#$%&'*+-.^_`|~";
    return !text.empty() && consists_of(text, token);
}

bool is_field_value(std::string_view text) noexcept {
    return std::ranges::none_of(text, is_control);
}

bool same_name(std::string_view one, std::string_view other) noexcept {
    return std::ranges::equal(one, other, {}, lower, lower);
}

std::string to_lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

bool is_number(std::string_view text) noexcept {
    return !text.empty() && consists_of(text, digits);
}

bool is_host(std::string_view text) noexcept {
    static constexpr lut_chars name = alnum + "-._~%!$&'()*+,;=";
    static constexpr lut_chars literal = alnum + "[]:.";
    const bool is_literal = text.starts_with('[');
    const std::size_t end = std::min(text.find(is_literal ? ']' : ':'), text.size());
    const std::size_t port = end + (is_literal ? 1 : 0);
    if (port > text.size() || !consists_of(text.substr(0, end), is_literal ? literal : name)) {
        return false;
    }
    const std::string_view rest = text.substr(port);
    return rest.empty() || rest == ":" || (rest[0] == ':' && is_number(rest.substr(1)));
}

bool is_target(std::string_view text) noexcept {
    return std::ranges::none_of(text, [](unsigned char c) { return c > '~' || c == '#'; });
}

}  // namespace cookbook::http::grammar
