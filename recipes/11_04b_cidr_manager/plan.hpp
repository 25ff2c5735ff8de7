// The plan: which networks of which pools are allocated to whom. In memory; see ledger.hpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "11_04b_cidr_manager/change.hpp"
#include "11_04b_cidr_manager/free_space.hpp"

namespace cookbook::cidr_manager {

/// Pools, which do not overlap, and allocations, which do not overlap either and lie in a pool
/// each.
class Plan {
public:
    using Pools = std::map<Network, FreeSpace>;
    using Allocations = std::map<Network, Allocation>;

    /// Throws RequestError, which names what is in the way, if the change cannot be made.
    void check(const Change& change) const;
    /// Makes a change that check() lets pass; takes back one that was the last to be made.
    void apply(const Change& change);
    void revert(const Change& change);

    /// What is free in a pool. Throws RequestError, as check_pool() does, if `pool` is none.
    [[nodiscard]] const FreeSpace& free_space(const Network& pool) const;
    void check_pool(const Network& pool) const;
    /// The pool that contains the network. Throws RequestError if none does.
    [[nodiscard]] const Network& pool_of(const Network& network) const;
    /// Null if there is none of just these addresses, or with this token.
    [[nodiscard]] const Allocation* find(const Network& network) const;
    [[nodiscard]] const Allocation* find_token(const std::string& token) const;
    /// The allocations in a pool.
    [[nodiscard]] std::vector<Network> used(const Network& pool) const;

    [[nodiscard]] const Pools& pools() const { return pools_; }
    [[nodiscard]] const Allocations& allocations() const { return allocations_; }
    /// The fewest changes that make this plan out of an empty one.
    [[nodiscard]] std::vector<Change> changes() const;
    /// How many they are.
    [[nodiscard]] std::size_t size() const { return pools_.size() + allocations_.size(); }

private:
    void add(const Allocation& allocation);
    void remove(const Allocation& allocation);

    Pools pools_;
    Allocations allocations_;
    std::map<std::string, Network> tokens_;
};

}  // namespace cookbook::cidr_manager
