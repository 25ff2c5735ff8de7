#include <charconv>
#include <system_error>

#include "parse.hpp"

namespace cookbook::cidr_addresses {

std::optional<std::uint32_t> parse_dotted_quad(std::string_view text) {
    // [step 1] Read four octets with a dot between them, strictly.
    const char* next = text.data();
    const char* const end = next + text.size();
    std::uint32_t bits = 0;
    for (int octet = 0; octet < 4; ++octet) {
        if (octet > 0) {
            if (next == end || *next != '.') {
                return std::nullopt;
            }
            ++next;
        }
        std::uint8_t value = 0;  // std::from_chars() refuses what does not fit, signs and spaces
        const auto [rest, error] = std::from_chars(next, end, value);
        const bool leading_zero = rest - next > 1 && *next == '0';
        if (error != std::errc() || leading_zero) {
            return std::nullopt;
        }
        bits = bits << 8 | value;
        next = rest;
    }
    return next == end ? std::optional(bits) : std::nullopt;
    // [end]
}

}  // namespace cookbook::cidr_addresses
