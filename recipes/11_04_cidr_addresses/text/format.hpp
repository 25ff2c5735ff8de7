// Bits to text.
#pragma once

#include <cstddef>
#include <cstdint>

#include "11_04_cidr_addresses/address.hpp"

namespace cookbook::cidr_addresses {

/// Enough for every address without its scope. The longest has 45 characters; the functions below
/// may store a few more than they return.
inline constexpr std::size_t address_text_size = 48;

/// Each writes to `out`, which has room for address_text_size characters, and returns the end of
/// the text.
char* write_dotted_quad(char* out, std::uint32_t bits) noexcept;
/// RFC 5952; "::ffff:192.0.2.1" if the address is IPv4-mapped and `mapped_as_quad`.
char* write_groups(char* out, uint128 bits, bool mapped_as_quad = true) noexcept;
/// All 32 digits of all eight groups.
char* write_all_groups(char* out, uint128 bits) noexcept;

}  // namespace cookbook::cidr_addresses
