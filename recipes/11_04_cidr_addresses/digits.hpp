// What characters are worth as digits.
#pragma once

#include <array>
#include <cstdint>

namespace cookbook::cidr_addresses {

inline constexpr unsigned not_hex = 16;

/// For each character the value of the hexadecimal digit that it is, or not_hex.
inline constexpr auto hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(not_hex);
    for (unsigned digit = 0; digit < 10; ++digit) {
        values['0' + digit] = static_cast<std::uint8_t>(digit);
    }
    for (unsigned digit = 10; digit < 16; ++digit) {
        values['a' + digit - 10] = values['A' + digit - 10] = static_cast<std::uint8_t>(digit);
    }
    return values;
}();

/// 0 to 9, or more where the character is no decimal digit.
constexpr unsigned decimal_value(char character) noexcept {
    return static_cast<unsigned char>(character) - unsigned{'0'};
}

constexpr bool is_decimal(char character) noexcept {
    return decimal_value(character) <= 9;
}

}  // namespace cookbook::cidr_addresses
