// Networks inside a network: which lie in which, and how to place some of given sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "11_04b_cidr_manager/intervals.hpp"

namespace cookbook::cidr_manager {

/// Pairs of indices, sorted by the first: the second is that of the smallest other network that
/// contains the first one (the last listed of equal ones). Of two that are equal, the one that is
/// listed earlier contains the other.
std::vector<std::pair<std::size_t, std::size_t>> find_overlaps(std::span<const Network> networks);

/// All networks of a prefix length in one. Throws RequestError if there are too many, and as
/// Python's subnets() does.
std::vector<Network> subnets_of(const Network& network, std::int64_t prefix_length);

/// The prefix length of the smallest network for so many hosts, 1 or more: of hosts + 2 addresses
/// in IPv4, hosts + 1 in IPv6, whose first address is the routers' (RFC 4291, 2.6.1). Negative if
/// there is none.
int prefix_for_hosts(Version version, std::int64_t hosts);

/// A network in `network` for each number of hosts, in that order: the largest first from the
/// lowest address on, which leaves no gap. Throws RequestError if they do not fit.
std::vector<Network> pack(const Network& network, std::span<const std::int64_t> hosts);

}  // namespace cookbook::cidr_manager
