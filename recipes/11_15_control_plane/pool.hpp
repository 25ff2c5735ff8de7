// Which addresses a pool may give out. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "11_04_cidr_addresses/network.hpp"
#include "11_04b_cidr_manager/intervals.hpp"

namespace cookbook::control_plane {

using cidr_addresses::Address;
using cidr_addresses::Network;
using cidr_addresses::uint128;
using cidr_addresses::Version;
using cidr_manager::Range;
using cidr_manager::Ranges;

/// A network whose addresses are given out.
struct Pool {
    std::string name;
    Network cidr;
    std::vector<std::string> reserved = {};  // "192.0.2.1", "192.0.2.2-192.0.2.9", "192.0.2.0/28"
    std::int64_t cooldown = 0;               // seconds that an address rests after its release
    std::int64_t ttl = 0;  // seconds of a lease that asks for none; 0: until it is released
    std::string note = {};
};

inline constexpr std::size_t max_pool_name = 64;
/// Whether a text may name a pool: 1 to 64 of [a-z0-9.-].
[[nodiscard]] bool is_pool_name(std::string_view text);

/// What one text of `reserved` stands for: an address, two with '-' between them, or a network.
/// Throws cidr_addresses::ParseError if it is none of them, or of another version.
[[nodiscard]] Range parse_reserved(Version version, std::string_view text);

/// The addresses that may be given out, from the lowest on. Of IPv4 up to /30 neither the network's
/// nor the broadcast address; of IPv6 up to /126 not the first, which is the routers' anycast
/// address (RFC 4291, 2.6.1); of /31 (RFC 3021), /127 (RFC 6164), /32 and /128 all. None that is
/// reserved.
[[nodiscard]] Ranges usable_addresses(const Pool& pool);

/// An address as the database has it: its version and 32 hexadecimal digits, so that texts sort as
/// addresses do.
[[nodiscard]] std::string to_key(const Address& address);
/// The address of to_key()'s text.
[[nodiscard]] Address from_key(std::string_view key);

}  // namespace cookbook::control_plane
