#include "free_space.hpp"

#include <algorithm>

namespace cookbook::cidr_manager {
namespace {

/// The network of that prefix length around the address.
Network network_around(Version version, uint128 bits, int prefix_length) {
    return {Address(version, bits), prefix_length, HostBits::clear};
}

/// The other half of the network that is twice as large.
uint128 other_half(const Network& network) {
    return network.network_address().bits() ^ (network.last_index() + 1);
}

/// Calls `take` with each maximal free block of the pool, from the lowest address on.
template <typename Take>
void for_each_free_block(const Network& pool, std::span<const Network> used, Take take) {
    for (Range left : subtract({range_of(pool)}, ranges_of(pool.version(), used))) {
        for (bool more = true; more;) {
            const Network block = largest_block(pool.version(), left);
            take(block);
            const uint128 last = range_of(block).last;
            more = last != left.last;
            left.first = last + more;
        }
    }
}

}  // namespace

FreeSpace::FreeSpace(const Network& pool) : FreeSpace(pool, {}) {}

FreeSpace::FreeSpace(const Network& pool, std::span<const Network> used)
    : pool_(pool),
      firsts_(static_cast<std::size_t>(width(pool.version()) - pool.prefix_length()) + 1) {
    for_each_free_block(pool, used, [this](const Network& block) {
        firsts(block.prefix_length()).insert(block.network_address().bits());
    });
}

std::optional<Network> FreeSpace::find(int prefix_length) const {
    // [step 3] Go from the size that is asked for to larger ones, as far as the pool's.
    for (int length = prefix_length; length >= pool_.prefix_length(); --length) {
        if (!firsts(length).empty()) {
            return Network(pool_.version(), *firsts(length).begin(), prefix_length);
        }
    }
    return std::nullopt;
    // [end]
}

void FreeSpace::take(const Network& network) {
    const uint128 bits = network.network_address().bits();
    Network block = network;
    while (firsts(block.prefix_length()).erase(block.network_address().bits()) == 0) {
        block = block.supernet();
    }
    // Halve the block until it is the network: the halves without it stay free.
    for (int length = block.prefix_length() + 1; length <= network.prefix_length(); ++length) {
        firsts(length).insert(other_half(network_around(pool_.version(), bits, length)));
    }
}

void FreeSpace::give_back(const Network& network) {
    Network block = network;
    while (block.prefix_length() > pool_.prefix_length() &&
           firsts(block.prefix_length()).erase(other_half(block)) > 0) {
        block = block.supernet();
    }
    firsts(block.prefix_length()).insert(block.network_address().bits());
}

std::vector<Network> FreeSpace::blocks() const {
    std::vector<Network> blocks;
    for (int length = pool_.prefix_length(); length <= width(pool_.version()); ++length) {
        for (const uint128 first : firsts(length)) {
            blocks.emplace_back(pool_.version(), first, length);
        }
    }
    std::ranges::sort(blocks);
    return blocks;
}

std::optional<Network> best_fit(const Network& pool, std::span<const Network> used,
                                int prefix_length) {
    std::optional<Network> best;
    for_each_free_block(pool, used, [&](const Network& block) {
        if (block.prefix_length() <= prefix_length &&
            (!best || block.prefix_length() > best->prefix_length())) {
            best = block;
        }
    });
    return best ? std::optional(Network(best->network_address(), prefix_length)) : std::nullopt;
}

}  // namespace cookbook::cidr_manager
