// parse_dotted_quad(), tuned. A branch predictor cannot know how many digits an octet has, and a
// misprediction costs more than reading all of them: so no branch depends on the number of digits.
#include <cstddef>

#include "parse.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// 0 to 9, or more if the character is not a decimal digit.
constexpr unsigned decimal_value(char character) noexcept {
    return static_cast<unsigned char>(character) - unsigned{'0'};
}

}  // namespace

std::optional<std::uint32_t> parse_dotted_quad_branchless(std::string_view text) noexcept {
    constexpr std::size_t max_size = 15;  // "255.255.255.255"
    if (text.size() > max_size) {
        return std::nullopt;
    }
    const char* next = text.data();
    const char* const end = text.data() + text.size();
    std::uint32_t bits = 0;
    for (int octet = 0; octet < 3; ++octet) {
        if (end - next < 3) {  // a digit, a dot and the last octet at least
            return std::nullopt;
        }
        const unsigned first = decimal_value(next[0]);
        const unsigned second = decimal_value(next[1]);
        const unsigned third = decimal_value(next[2]);
        const bool two = second <= 9;
        const bool three = two & (third <= 9);
        unsigned value = two ? first * 10 + second : first;
        value = three ? value * 10 + third : value;
        const bool leading_zero = two & (first == 0);
        if (first > 9 || value > 255 || leading_zero) {
            return std::nullopt;
        }
        bits = bits << 8 | value;
        next += 1 + two + three;
        if (next == end || *next != '.') {
            return std::nullopt;
        }
        ++next;
    }
    const auto size = end - next;
    if (size < 1 || size > 3) {
        return std::nullopt;
    }
    // The last octet is read from the end backwards.
    const unsigned hundreds = size > 2 ? decimal_value(end[-3]) : 0;
    const unsigned tens = size > 1 ? decimal_value(end[-2]) : 0;
    const unsigned ones = decimal_value(end[-1]);
    const unsigned value = hundreds * 100 + tens * 10 + ones;
    const bool leading_zero = (size > 1) & (*next == '0');
    const bool good = (hundreds <= 9) & (tens <= 9) & (ones <= 9) & (value <= 255) & !leading_zero;
    return good ? std::optional(bits << 8 | value) : std::nullopt;
}

}  // namespace cookbook::cidr_addresses
