#include "scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <system_error>

#include "common/http/grammar.hpp"

namespace cookbook::xml_rpc {
namespace {

/// Takes a sign from the front; true if it is a minus. from_chars() itself knows no plus.
bool take_sign(std::string_view& text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    return is_negative;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// What is infinite or 0 to a double, and to from_chars() just out of range. The text is decimal.
double out_of_range(std::string_view digits) {
    static const locale_t plain = ::newlocale(LC_ALL_MASK, "C", nullptr);
    return ::strtod_l(std::string(digits).c_str(), nullptr, plain);
}

std::optional<double> parse_unsigned_double(std::string_view text) {
    const std::string word = http::grammar::to_lower(text.substr(0, 9));
    if (word == "inf" || word == "infinity") {
        return std::numeric_limits<double>::infinity();
    }
    if (word == "nan") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (text.empty() || (!is_digit(text[0]) && text[0] != '.')) {  // a second sign, "infinite"
        return {};
    }
    double real = 0;
    const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), real);
    if (rest != text.data() + text.size() || failure == std::errc::invalid_argument) {
        return {};
    }
    return failure == std::errc() ? real : out_of_range(text);
}

}  // namespace

bool is_space(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return is_space(c); });
}

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::string_view digits = trim(text);
    const bool is_negative = take_sign(digits);
    std::uint64_t magnitude = 0;
    const auto [rest, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
    const std::uint64_t max = std::numeric_limits<std::int64_t>::max();
    if (failure != std::errc() || rest != digits.data() + digits.size() ||
        magnitude > max + (is_negative ? 1 : 0)) {
        return {};
    }
    return static_cast<std::int64_t>(is_negative ? 0 - magnitude : magnitude);
}

std::optional<bool> parse_boolean(std::string_view text) {
    if (text != "0" && text != "1") {
        return {};
    }
    return text == "1";
}

std::optional<double> parse_double(std::string_view text) {
    std::string_view magnitude = trim(text);
    const bool is_negative = take_sign(magnitude);
    const std::optional<double> real = parse_unsigned_double(magnitude);
    return real && is_negative ? -*real : real;
}

void append_double(std::string& out, double real) {
    if (std::isnan(real)) {
        out += "nan";
        return;
    }
    const std::size_t before = out.size();
    fmt::format_to(std::back_inserter(out), "{}", real);
    if (out.find_first_of(".en", before) == out.npos) {  // an integer, and neither inf
        out += ".0";
    }
}

}  // namespace cookbook::xml_rpc
