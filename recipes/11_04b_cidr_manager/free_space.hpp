// The free part of a pool, kept in the blocks from which networks are cut.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <vector>

#include "11_04b_cidr_manager/intervals.hpp"

namespace cookbook::cidr_manager {

/// The maximal free blocks of a pool: each is a network, and no two of them are halves of one. Kept
/// by size, so that a search looks at one block for each size at most; and kept up to date, at the
/// cost of one step for each size between the pool's and the network's.
class FreeSpace {
public:
    /// All of `pool` is free.
    explicit FreeSpace(const Network& pool);
    /// What `used` leaves of it; what lies outside does not count.
    FreeSpace(const Network& pool, std::span<const Network> used);

    /// Best fit: of the blocks that are large enough the smallest, of equals the lowest; its first
    /// network of that prefix length. Nothing if no block is large enough.
    [[nodiscard]] std::optional<Network> find(int prefix_length) const;

    /// Makes `network` used: all of it is in the pool and free.
    void take(const Network& network);
    /// Makes it free: all of it is in the pool and used.
    void give_back(const Network& network);

    /// From the lowest address on.
    [[nodiscard]] std::vector<Network> blocks() const;

private:
    using Firsts = std::set<uint128>;

    [[nodiscard]] Firsts& firsts(int prefix_length) {
        return firsts_[static_cast<std::size_t>(prefix_length - pool_.prefix_length())];
    }
    [[nodiscard]] const Firsts& firsts(int prefix_length) const {
        return firsts_[static_cast<std::size_t>(prefix_length - pool_.prefix_length())];
    }

    Network pool_;
    std::vector<Firsts> firsts_;  // of the blocks of each prefix length, from the pool's on
};

/// What FreeSpace(pool, used).find(prefix_length) returns. Keeps no block but the best one: of IPv6
/// a few thousand addresses leave a hundred times as many blocks.
std::optional<Network> best_fit(const Network& pool, std::span<const Network> used,
                                int prefix_length);

}  // namespace cookbook::cidr_manager
