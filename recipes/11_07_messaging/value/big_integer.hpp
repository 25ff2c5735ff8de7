// Integers beyond 64 bits, which Python has and C++ does not: kept as they travel, shown in
// decimal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cookbook::messaging {

class Value;

/// Two's complement, little-endian, in the fewest bytes that hold it, as pickle's LONG1 and LONG4
/// have it (Lib/pickle.py, encode_long). More than eight bytes: smaller ones are std::int64_t.
struct BigInteger {
    std::string bytes;
};

/// From decimal to binary and back takes time by the square of the length, so text is limited as
/// CPython limits it (sys.int_max_str_digits); a BigInteger itself may have any size.
inline constexpr std::size_t max_digits = 4300;

/// Throws std::length_error for more than max_digits.
std::string to_decimal(const BigInteger& integer);

/// An integer of any size: an std::int64_t if it fits. `decimal`: digits, perhaps after a
/// minus sign. Throws std::length_error for more than max_digits.
Value integer_from_decimal(const std::string& decimal);

/// The same from two's complement, little-endian, in any number of bytes.
Value integer_from_bytes(std::string_view bytes);

}  // namespace cookbook::messaging
