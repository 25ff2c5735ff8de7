#include "intervals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "request_error.hpp"

namespace cookbook::cidr_manager {
namespace {

/// std::countr_zero() and std::bit_width() are for standard integers only.
int trailing_zeros(uint128 bits) {
    const auto low = static_cast<std::uint64_t>(bits);
    return low != 0 ? std::countr_zero(low)
                    : 64 + std::countr_zero(static_cast<std::uint64_t>(bits >> 64));
}

int significant_bits(uint128 bits) {
    const auto high = static_cast<std::uint64_t>(bits >> 64);
    return static_cast<int>(high != 0 ? 64 + std::bit_width(high)
                                      : std::bit_width(static_cast<std::uint64_t>(bits)));
}

}  // namespace

Range range_of(const Network& network) {
    const uint128 first = network.network_address().bits();
    return {first, first | network.last_index()};
}

Ranges ranges_of(Version version, std::span<const Network> networks) {
    Ranges ranges;
    ranges.reserve(networks.size());
    for (const Network& network : networks) {
        if (network.version() == version) {
            ranges.push_back(range_of(network));
        }
    }
    return merge(std::move(ranges));
}

Ranges merge(Ranges ranges) {
    // [step 1] Sort the ranges; then each extends the one before, or begins a new one.
    std::ranges::sort(ranges, {}, &Range::first);
    Ranges merged;
    for (const Range& range : ranges) {
        // Not last + 1: after the last address of all there is none.
        if (!merged.empty() &&
            (range.first <= merged.back().last || range.first - 1 == merged.back().last)) {
            merged.back().last = std::max(merged.back().last, range.last);
        } else {
            merged.push_back(range);
        }
    }
    return merged;
    // [end]
}

Ranges subtract(const Ranges& from, const Ranges& what) {
    Ranges rest;
    auto hole = what.begin();
    for (Range range : from) {
        for (; hole != what.end() && hole->last < range.first; ++hole) {
        }
        bool left = true;
        for (auto next = hole; left && next != what.end() && next->first <= range.last; ++next) {
            if (next->first > range.first) {
                rest.push_back({range.first, next->first - 1});
            }
            left = next->last < range.last;
            range.first = next->last + left;
        }
        if (left) {
            rest.push_back(range);
        }
    }
    return rest;
}

Ranges intersect(const Ranges& a, const Ranges& b) {
    return subtract(a, subtract(a, b));
}

std::string count_addresses(const Ranges& ranges) {
    uint128 count = 0;
    for (const Range& range : ranges) {
        count += range.last - range.first + 1;
    }
    const bool all = count == 0 && !ranges.empty();
    return all ? Network(Version::v6, 0, 0).num_addresses() : fmt::format("{}", count);
}

double approximate_size(const Ranges& ranges) {
    double size = 0;
    for (const Range& range : ranges) {
        size += static_cast<double>(range.last - range.first) + 1;
    }
    return size;
}

Network largest_block(Version version, const Range& range) {
    // [step 2] As large as its first address is aligned, and as the range has room for.
    const int aligned = std::min(trailing_zeros(range.first), width(version));
    // Bits of the greatest power of two that is not above the size. The size itself may be 2^128.
    const uint128 last_index = range.last - range.first;
    const bool power_of_two = (last_index & (last_index + 1)) == 0;
    const int room = power_of_two ? significant_bits(last_index) : significant_bits(last_index) - 1;
    return {version, range.first, width(version) - std::min(aligned, room)};
    // [end]
}

void append_blocks(Version version, const Ranges& ranges, std::vector<Network>& blocks) {
    for (Range range : ranges) {
        for (bool left = true; left;) {
            check_results(blocks.size() + 1);
            const Network& block = blocks.emplace_back(largest_block(version, range));
            const uint128 last = range_of(block).last;
            left = last != range.last;
            range.first = last + left;
        }
    }
}

std::vector<Network> exclude(std::span<const Network> networks, std::span<const Network> minus) {
    std::vector<Network> blocks;
    for (const Version version : {Version::v4, Version::v6}) {
        append_blocks(version, subtract(ranges_of(version, networks), ranges_of(version, minus)),
                      blocks);
    }
    return blocks;
}

std::vector<Network> collapse(std::span<const Network> networks) {
    return exclude(networks, {});
}

}  // namespace cookbook::cidr_manager
