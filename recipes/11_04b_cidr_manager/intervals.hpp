// Sets of addresses as sorted ranges, on which planning an address space is a few lines each.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "11_04_cidr_addresses/network.hpp"

namespace cookbook::cidr_manager {

using cidr_addresses::Address;
using cidr_addresses::HostBits;
using cidr_addresses::Network;
using cidr_addresses::uint128;
using cidr_addresses::Version;
using cidr_addresses::width;

/// The addresses from `first` to `last`, both of them included: the end of the last network there
/// is, 2^32 or 2^128, would not fit in an address.
struct Range {
    uint128 first = 0;
    uint128 last = 0;
};

/// A set of addresses of one version. In a *merged* one the ranges are sorted, and at least one
/// address that is not in the set lies between each and the next. All functions return such sets.
using Ranges = std::vector<Range>;

Range range_of(const Network& network);

/// The networks of one version among `networks`, merged.
Ranges ranges_of(Version version, std::span<const Network> networks);

/// The union of ranges in any order.
Ranges merge(Ranges ranges);

/// What is in `from` and not in `what`, and what is in both: of merged sets.
Ranges subtract(const Ranges& from, const Ranges& what);
Ranges intersect(const Ranges& a, const Ranges& b);

/// The number of addresses in a merged set, in decimal: 2^128 does not fit in 128 bits.
std::string count_addresses(const Ranges& ranges);
/// The same, rounded.
double approximate_size(const Ranges& ranges);

/// The largest network that begins at `range.first` and ends within the range.
Network largest_block(Version version, const Range& range);

/// Appends the fewest networks that are the merged set, from the lowest address on. Throws
/// RequestError if `blocks` would have more than max_results.
void append_blocks(Version version, const Ranges& ranges, std::vector<Network>& blocks);

/// The networks in `networks` and not in `minus`, the fewest possible, IPv4 first. Throws
/// RequestError as append_blocks() does.
std::vector<Network> exclude(std::span<const Network> networks, std::span<const Network> minus);

/// The same with nothing taken away: Python's collapse_addresses().
std::vector<Network> collapse(std::span<const Network> networks);

}  // namespace cookbook::cidr_manager
