#include "results.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "11_04_cidr_addresses/text/text.hpp"
#include "request_error.hpp"

namespace cookbook::cidr_manager {

namespace json = boost::json;

json::value text_or_null(const std::optional<Network>& network) {
    return network ? json::value(to_string(*network)) : json::value();
}

json::array texts_of(std::span<const Network> networks) {
    check_results(networks.size());
    json::array texts;
    texts.reserve(networks.size());
    for (const Network& network : networks) {
        texts.emplace_back(to_string(network));
    }
    return texts;
}

json::value utilisation(const Network& pool, std::span<const Network> used) {
    const Ranges all = {range_of(pool)};
    const Ranges taken = intersect(all, ranges_of(pool.version(), used));
    const Ranges free = subtract(all, taken);
    std::vector<Network> blocks;
    append_blocks(pool.version(), free, blocks);
    const auto largest = std::ranges::min_element(blocks, {}, &Network::prefix_length);
    return {{"addresses", count_addresses(all)},
            {"used", count_addresses(taken)},
            {"free", count_addresses(free)},
            {"ratio", approximate_size(taken) / approximate_size(all)},
            {"free_blocks", texts_of(blocks)},
            {"largest_free",
             text_or_null(largest == blocks.end() ? std::nullopt : std::optional(*largest))}};
}

}  // namespace cookbook::cidr_manager
