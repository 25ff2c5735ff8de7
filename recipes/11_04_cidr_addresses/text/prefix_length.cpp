#include <bit>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "parse.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// What int() of CPython makes of decimal digits; nothing for numbers too large for a prefix
/// length.
std::optional<unsigned> parse_number(std::string_view text) noexcept {
    constexpr std::size_t max_digits = 4300;  // leading zeros included (sys.int_info)
    unsigned number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = rest == text.data() + text.size() && text.size() <= max_digits;
    return error == std::errc() && whole ? std::optional(number) : std::nullopt;
}

/// The prefix length of a mask of ones followed by zeros.
std::optional<int> prefix_length_of_netmask(std::uint32_t mask) noexcept {
    const int ones = std::countl_one(mask);
    return ones + std::countr_zero(mask) >= 32 ? std::optional(ones) : std::nullopt;
}

}  // namespace

std::optional<int> parse_prefix_length(Version version, std::string_view text) {
    const auto number = parse_number(text);
    if (number && *number <= static_cast<unsigned>(width(version))) {
        return static_cast<int>(*number);
    }
    const auto mask = version == Version::v4 ? parse_dotted_quad(text) : std::nullopt;
    if (!mask) {
        return std::nullopt;
    }
    // [step 2] Read the mask as a netmask or else as a hostmask.
    const auto netmask = prefix_length_of_netmask(*mask);  // first: 0.0.0.0 is /0, not /32
    return netmask ? netmask : prefix_length_of_netmask(~*mask);
    // [end]
}

}  // namespace cookbook::cidr_addresses
