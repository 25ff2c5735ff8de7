#include "plan.hpp"

#include <fmt/format.h>

#include "11_04_cidr_addresses/text/text.hpp"
#include "request_error.hpp"

namespace cookbook::cidr_manager {
namespace {

using cidr_addresses::to_string;

std::string name_of(const Allocation& allocation) {
    return allocation.owner.empty()
               ? to_string(allocation.network) + ", allocated"
               : fmt::format("{}, allocated to {}", to_string(allocation.network),
                             as_word(allocation.owner));
}

/// The first of the map's networks, which do not overlap, that overlaps this one; or its end.
template <typename Map>
auto find_overlapping(const Map& map, const Network& network) {
    auto next = map.lower_bound(network);
    if (next != map.begin() && std::prev(next)->first.overlaps(network)) {
        return std::prev(next);
    }
    return next != map.end() && next->first.overlaps(network) ? next : map.end();
}

}  // namespace

void Plan::check(const Change& change) const {
    const auto& [network, pool, owner, token] = change.allocation;
    switch (change.kind) {
        case Change::Kind::add_pool:
            if (const auto other = find_overlapping(pools_, pool); other != pools_.end()) {
                throw RequestError(fmt::format("{} overlaps {}, a pool", to_string(pool),
                                               to_string(other->first)));
            }
            break;
        case Change::Kind::remove_pool:
            check_pool(pool);
            if (const auto in_it = find_overlapping(allocations_, pool);
                in_it != allocations_.end()) {
                throw RequestError(fmt::format("{} is not empty: it has {}", to_string(pool),
                                               name_of(in_it->second)));
            }
            break;
        case Change::Kind::allocate:
            if (const auto other = find_overlapping(allocations_, network);
                other != allocations_.end()) {
                throw RequestError(
                    fmt::format("{} overlaps {}", to_string(network), name_of(other->second)));
            }
            if (pool_of(network) != pool) {
                throw RequestError(
                    fmt::format("{} is not in {}", to_string(network), to_string(pool)));
            }
            if (token && find_token(token->text) != nullptr) {
                throw RequestError("the request's token is in use");
            }
            break;
        case Change::Kind::release:
            if (find(network) == nullptr) {
                throw RequestError(to_string(network) + " is not allocated");
            }
            break;
    }
}

void Plan::apply(const Change& change) {
    const Network& pool = change.allocation.pool;
    switch (change.kind) {
        case Change::Kind::add_pool:
            pools_.emplace(pool, FreeSpace(pool));
            break;
        case Change::Kind::remove_pool:
            pools_.erase(pool);
            break;
        case Change::Kind::allocate:
            add(change.allocation);
            break;
        case Change::Kind::release:
            remove(change.allocation);
            break;
    }
}

void Plan::revert(const Change& change) {
    using enum Change::Kind;
    constexpr Change::Kind opposites[] = {remove_pool, add_pool, release, allocate};
    apply({opposites[static_cast<std::size_t>(change.kind)], change.allocation});
}

void Plan::add(const Allocation& allocation) {
    pools_.at(allocation.pool).take(allocation.network);
    if (allocation.token) {
        tokens_.emplace(allocation.token->text, allocation.network);
    }
    allocations_.emplace(allocation.network, allocation);
}

void Plan::remove(const Allocation& allocation) {
    const auto found = allocations_.find(allocation.network);
    if (found->second.token) {
        tokens_.erase(found->second.token->text);
    }
    pools_.at(found->second.pool).give_back(allocation.network);
    allocations_.erase(found);
}

const FreeSpace& Plan::free_space(const Network& pool) const {
    const auto found = pools_.find(pool);
    if (found == pools_.end()) {
        throw RequestError(to_string(pool) + " is not a pool");
    }
    return found->second;
}

void Plan::check_pool(const Network& pool) const {
    static_cast<void>(free_space(pool));
}

const Network& Plan::pool_of(const Network& network) const {
    const auto found = find_overlapping(pools_, network);
    if (found == pools_.end() || !network.subnet_of(found->first)) {
        throw RequestError(to_string(network) + " is in no pool");
    }
    return found->first;
}

const Allocation* Plan::find(const Network& network) const {
    const auto found = allocations_.find(network);
    return found == allocations_.end() ? nullptr : &found->second;
}

const Allocation* Plan::find_token(const std::string& token) const {
    const auto found = tokens_.find(token);
    return found == tokens_.end() ? nullptr : find(found->second);
}

std::vector<Network> Plan::used(const Network& pool) const {
    std::vector<Network> networks;
    for (auto next = allocations_.lower_bound(pool);
         next != allocations_.end() && next->first.subnet_of(pool); ++next) {
        networks.push_back(next->first);
    }
    return networks;
}

std::vector<Change> Plan::changes() const {
    std::vector<Change> changes;
    changes.reserve(size());
    for (const auto& [pool, free] : pools_) {
        changes.push_back({Change::Kind::add_pool, {.pool = pool}});
    }
    for (const auto& [network, allocation] : allocations_) {
        changes.push_back({Change::Kind::allocate, allocation});
    }
    return changes;
}

}  // namespace cookbook::cidr_manager
