// What stands behind the slash.
#include <algorithm>
#include <bit>
#include <cstddef>

#include "common/lab.hpp"
#include "digits.hpp"
#include "parse.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// What CPython's int() makes of a text of digits, or 129 for any number above 128.
std::optional<int> parse_number(std::string_view text) noexcept {
    constexpr std::size_t max_digits = 4300;  // int() converts no more, leading zeros included
    if (text.empty() || text.size() > max_digits) {
        return std::nullopt;
    }
    int number = 0;
    for (const char character : text) {
        if (!is_decimal(character)) {
            return std::nullopt;
        }
        number = std::min(number * 10 + static_cast<int>(decimal_value(character)), 129);
    }
    return number;
}

/// The prefix length of a mask that is ones, then zeros.
std::optional<int> prefix_length_of_netmask(std::uint32_t mask) noexcept {
    const int ones = std::countl_one(mask);
    if (ones + std::countr_zero(mask) < 32) {
        return std::nullopt;
    }
    return ones;
}

}  // namespace

std::optional<int> parse_prefix_length(Version version, std::string_view text) noexcept {
    if (const auto length = parse_number(text); length && *length <= width(version)) {
        return length;
    }
    const auto mask = version == Version::v4 ? parse_dotted_quad(text) : std::nullopt;
    if (!mask) {
        return std::nullopt;
    }
    // [step 2] Take the mask for a netmask, and failing that for a hostmask. (stub: return 0;)
    const auto netmask = prefix_length_of_netmask(*mask);  // first: 0.0.0.0 is /0, not /32
    return netmask ? netmask : prefix_length_of_netmask(~*mask);
    // [end]
}

}  // namespace cookbook::cidr_addresses
