// 128 bits: the size of an IPv6 address.
#pragma once

#include <string>

namespace cookbook::cidr_addresses {

// g++ and clang have them on every 64-bit machine; __extension__ lets -Wpedantic know that we know.
__extension__ typedef unsigned __int128 uint128;  // NOLINT(modernize-use-using)
__extension__ typedef __int128 int128;            // NOLINT(modernize-use-using)

/// All digits: std::to_string() stops at 64 bits.
inline std::string to_decimal(uint128 number) {
    std::string reversed;
    do {
        reversed += static_cast<char>('0' + static_cast<int>(number % 10));
        number /= 10;
    } while (number != 0);
    return {reversed.rbegin(), reversed.rend()};
}

}  // namespace cookbook::cidr_addresses
