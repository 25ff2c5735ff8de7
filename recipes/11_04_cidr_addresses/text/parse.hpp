// Text to bits. Says whether a text is right, never what is wrong: cpython/explain.hpp does that.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "11_04_cidr_addresses/address.hpp"

namespace cookbook::cidr_addresses {

/// The only version that the text can have: the first group of an IPv6 address has at most four
/// digits, so one of the first five characters is a colon.
Version version_of(std::string_view text) noexcept;

/// "192.0.2.1": four decimal numbers up to 255, without leading zeros, signs or spaces.
std::optional<std::uint32_t> parse_dotted_quad(std::string_view text);

/// The same function with the same results, tuned for addresses in random order: about 1.6 times as
/// fast (docs/11_04_cidr_addresses.md, Measured).
std::optional<std::uint32_t> parse_dotted_quad_branchless(std::string_view text) noexcept;

/// RFC 4291, 2.2: eight groups of hexadecimal digits, "::" at most once for one or more groups of
/// zero; the last two groups may be a dotted quad. No scope.
std::optional<uint128> parse_groups(std::string_view text) noexcept;

/// What may follow the slash: a prefix length, and for IPv4 also a netmask or hostmask.
std::optional<int> parse_prefix_length(Version version, std::string_view text);

/// An address of that version; an IPv6 address may have a scope.
std::optional<Address> parse_address(Version version, std::string_view text);

/// "ADDRESS" or "ADDRESS/PREFIX": what both a network and an interface are made of.
struct Cidr {
    Address address;
    int prefix_length;
};
std::optional<Cidr> parse_cidr(Version version, std::string_view text);

}  // namespace cookbook::cidr_addresses
