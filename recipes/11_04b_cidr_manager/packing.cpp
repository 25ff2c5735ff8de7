#include "packing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "11_04_cidr_addresses/text/text.hpp"
#include "request_error.hpp"

namespace cookbook::cidr_manager {
namespace {

std::vector<std::size_t> indices_of(std::size_t size) {
    std::vector<std::size_t> indices(size);
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    return indices;
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> find_overlaps(std::span<const Network> networks) {
    // By first address, larger ones first, equal ones as they are listed: those that contain a
    // network come before it.
    auto order = indices_of(networks.size());
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return networks[a] != networks[b] ? networks[a] < networks[b] : a < b;
    });
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::vector<std::size_t> open;  // each contains the next
    for (const std::size_t i : order) {
        while (!open.empty() && !networks[i].subnet_of(networks[open.back()])) {
            open.pop_back();
        }
        if (!open.empty()) {
            pairs.emplace_back(i, open.back());
        }
        open.push_back(i);
    }
    std::ranges::sort(pairs);
    return pairs;
}

std::vector<Network> subnets_of(const Network& network, std::int64_t prefix_length) {
    const int max_length = width(network.version());
    if (prefix_length > max_length && network.prefix_length() < max_length) {
        throw RequestError(fmt::format("prefix length diff {} is invalid for netblock {}",
                                       prefix_length, to_string(network)));
    }
    if (prefix_length < network.prefix_length() && network.prefix_length() < max_length) {
        throw RequestError("new prefix must be longer");
    }
    // The only subnet of a single address is itself.
    const int length = static_cast<int>(std::min<std::int64_t>(prefix_length, max_length));
    const int more_bits = std::max(length - network.prefix_length(), 0);
    check_results(1ULL << std::min(more_bits, 63));
    std::vector<Network> all;
    std::ranges::copy(network.subnets(length), std::back_inserter(all));
    return all;
}

int prefix_for_hosts(Version version, std::int64_t hosts) {
    const uint128 last_index = static_cast<uint128>(hosts) + (version == Version::v4 ? 1 : 0);
    int bits = 0;
    while (last_index >> bits != 0) {
        ++bits;
    }
    return width(version) - bits;
}

std::vector<Network> pack(const Network& network, std::span<const std::int64_t> hosts) {
    check_results(hosts.size());
    std::vector<int> lengths;
    lengths.reserve(hosts.size());
    for (const std::int64_t count : hosts) {
        lengths.push_back(prefix_for_hosts(network.version(), count));
    }
    auto order = indices_of(hosts.size());
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return lengths[a] != lengths[b] ? lengths[a] < lengths[b] : a < b;
    });

    std::vector<Network> packed(hosts.size());
    Range left = range_of(network);
    bool full = false;
    for (const std::size_t i : order) {
        if (full || lengths[i] < largest_block(network.version(), left).prefix_length()) {
            throw RequestError(fmt::format("they do not fit in {}", to_string(network)));
        }
        packed[i] = Network(network.version(), left.first, lengths[i]);
        const uint128 last = range_of(packed[i]).last;
        full = last == left.last;
        left.first = last + !full;
    }
    return packed;
}

}  // namespace cookbook::cidr_manager
