#include "calculations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "11_04_cidr_addresses/text/text.hpp"
#include "free_space.hpp"
#include "packing.hpp"
#include "request_error.hpp"
#include "results.hpp"

namespace cookbook::cidr_manager {
namespace {

namespace json = boost::json;
using cidr_addresses::to_string;

/// The addresses that `hosts` counts, or all: how far the first is from the network's own, and how
/// many follow it.
struct Indexed {
    uint128 offset;
    uint128 last_index;
};

Indexed indexed(const Network& network, bool hosts) {
    const uint128 last = network.last_index();
    if (!hosts || last <= 1) {
        return {0, last};
    }
    return {1, network.version() == Version::v4 ? last - 2 : last - 1};
}

std::string usable_hosts(const Network& network) {
    return fmt::format("{}", indexed(network, true).last_index + 1);
}

json::value describe_network(const json::value& item, HostBits host_bits) {
    if (!item.is_string()) {
        return {{"cidr", item}, {"error", "a network must be a string"}};
    }
    try {
        const Network network = Network::parse(item.get_string(), host_bits);
        return {{"cidr", item},
                {"network", to_string(network.network_address())},
                {"broadcast", to_string(network.broadcast_address())},
                {"netmask", to_string(network.netmask())},
                {"prefixlen", network.prefix_length()},
                {"num_addresses", network.num_addresses()},
                {"usable_hosts", usable_hosts(network)}};
    } catch (const cidr_addresses::ParseError& error) {
        return {{"cidr", item}, {"error", error.message()}};
    }
}

json::value info(const Members& members) {
    const json::array& items = members.array("networks");
    check_results(items.size());
    json::array result;
    for (const json::value& item : items) {
        result.push_back(describe_network(item, members.host_bits()));
    }
    return result;
}

json::array addresses_from(Version version, uint128 first, std::size_t count) {
    json::array texts;
    texts.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        texts.emplace_back(to_string(Address(version, first + i)));
    }
    return texts;
}

json::value addresses(const Members& members) {
    const Network network = members.network("network");
    const auto [offset, last_index] = indexed(network, members.flag("hosts", true));
    const std::size_t count = members.count("count");
    const std::int64_t start = members.number("start", 0);
    // As in Python, -1 is the last: so far is it from the end, or the start.
    const auto distance = static_cast<uint128>(start < 0 ? -(start + 1) : start);
    const uint128 index = start < 0 ? last_index - distance : distance;
    const bool empty = count == 0 && index == last_index + 1;
    if (!empty && (distance > last_index || (count > 0 && count - 1 > last_index - index))) {
        throw RequestError(fmt::format("index out of range: there are {} addresses",
                                       count_addresses({{0, last_index}})));
    }
    return addresses_from(network.version(), network.network_address().bits() + offset + index,
                          count);
}

json::value next(const Members& members) {
    const Address address = members.address("address");
    const std::size_t count = members.count("count");
    const uint128 last = cidr_addresses::netmask_bits(address.version(), width(address.version()));
    if (count > 0 && count - 1 > last - address.bits()) {
        throw RequestError(fmt::format("{} (>= 2**{}) is not permitted as an IPv{} address",
                                       count_addresses({{0, last}}), width(address.version()),
                                       static_cast<int>(address.version())));
    }
    return addresses_from(address.version(), address.bits(), count);
}

json::value summarize(const Members& members) {
    const Address first = members.address("first");
    const Address last = members.address("last");
    if (first.version() != last.version()) {
        throw RequestError(fmt::format("{} and {} are not of the same version", to_string(first),
                                       to_string(last)));
    }
    if (first > last) {
        throw RequestError("last IP address must be greater than first");
    }
    std::vector<Network> blocks;
    append_blocks(first.version(), {{first.bits(), last.bits()}}, blocks);
    return texts_of(blocks);
}

json::value collapse_networks(const Members& members) {
    return texts_of(collapse(members.networks("networks")));
}

json::value exclude_networks(const Members& members) {
    return texts_of(exclude(std::array{members.network("network")}, members.networks("minus")));
}

json::value overlaps(const Members& members) {
    json::array pairs;
    for (const auto& [inner, outer] : find_overlaps(members.networks("networks"))) {
        check_results(pairs.size() + 1);
        pairs.push_back({inner, outer});
    }
    return pairs;
}

json::value split(const Members& members) {
    const Network network = members.network("network");
    if (members.has("hosts") == members.has("prefix")) {
        throw RequestError("one of \"hosts\" and \"prefix\" must be there");
    }
    if (members.has("hosts")) {
        std::vector<std::int64_t> hosts;
        for (const json::value& item : members.array("hosts")) {
            hosts.push_back(hosts_of(item));
        }
        return texts_of(pack(network, hosts));
    }
    return texts_of(subnets_of(network, members.number("prefix")));
}

json::value find(const Members& members) {
    const Network pool = members.network("pool");
    return text_or_null(
        best_fit(pool, members.networks("used"), members.prefix_length(pool.version())));
}

json::value utilisation_of_request(const Members& members) {
    return utilisation(members.network("pool"), members.networks("used"));
}

}  // namespace

Calculation find_calculation(std::string_view operation) {
    static constexpr std::pair<std::string_view, Calculation> calculations[] = {
        {"info", info},
        {"addresses", addresses},
        {"next", next},
        {"summarize", summarize},
        {"collapse", collapse_networks},
        {"exclude", exclude_networks},
        {"overlaps", overlaps},
        {"split", split},
        {"find", find},
        {"utilisation", utilisation_of_request},
    };
    const auto* found = std::ranges::find(calculations, operation,
                                          &std::pair<std::string_view, Calculation>::first);
    return found == std::end(calculations) ? nullptr : found->second;
}

}  // namespace cookbook::cidr_manager
