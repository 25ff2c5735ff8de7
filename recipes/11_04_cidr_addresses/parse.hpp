// Text to bits: the fast path. Says yes or no, never why; explain.hpp does that.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "interface.hpp"

namespace cookbook::cidr_addresses {

/// The only version that the text can be of: the first group of IPv6 has no more than four digits,
/// so there is a colon among the first five characters.
Version version_of(std::string_view text) noexcept;

/// "192.0.2.1": four decimal numbers up to 255, no leading zeros (some read 010 as 8), no spaces.
std::optional<std::uint32_t> parse_dotted_quad(std::string_view text) noexcept;

/// RFC 4291 2.2: eight groups of hexadecimal digits, "::" once for one or more groups of zero, the
/// last two groups perhaps as a dotted quad. No scope.
std::optional<uint128> parse_groups(std::string_view text) noexcept;

/// What may stand behind the slash: a prefix length, and for IPv4 a netmask or hostmask.
std::optional<int> parse_prefix_length(Version version, std::string_view text) noexcept;

/// An address of the version wanted, with its scope if it is IPv6 and has one.
std::optional<Address> parse_address(Version version, std::string_view text);

/// "ADDRESS" or "ADDRESS/PREFIX": what both a network and an interface are made of.
struct Cidr {
    Address address;
    int prefix_length;
};
std::optional<Cidr> parse_cidr(Version version, std::string_view text);

}  // namespace cookbook::cidr_addresses
