#include "requests.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "11_04_cidr_addresses/text/text.hpp"
#include "common/net/utf8.hpp"
#include "members.hpp"

namespace cookbook::control_plane {
namespace {

constexpr std::size_t max_owner = 255;
constexpr std::size_t max_note = 1000;
constexpr std::size_t max_reserved = 1000;  // texts
constexpr std::int64_t max_count = 256;
constexpr std::int64_t max_seconds = std::int64_t{100} * 365 * 24 * 60 * 60;  // a hundred years

std::optional<Network> parse_cidr(Members& members) {
    const std::string text = members.required_text("cidr", 100);
    if (text.empty()) {
        return std::nullopt;
    }
    try {
        Network network = Network::parse(text);
        if (network.network_address().scope_id().empty()) {
            return network;
        }
        members.add_mistake("cidr", "must have no scope");
    } catch (const cidr_addresses::ParseError& error) {
        members.add_mistake("cidr", brief(error.message(), 200));
    }
    return std::nullopt;
}

/// Checks one text of `reserved`, as far as the pool's version is known.
void check_reserved(Members& members, std::optional<Version> version, std::string_view text) {
    const Version guessed = text.find(':') == text.npos ? Version::v4 : Version::v6;
    try {
        static_cast<void>(parse_reserved(version.value_or(guessed), text));
    } catch (const cidr_addresses::ParseError& error) {
        members.add_mistake("reserved", brief(error.message(), 200));
    }
}

std::vector<std::string> parse_all_reserved(Members& members, std::optional<Version> version) {
    std::vector<std::string> all;
    const boost::json::value* given = members.find("reserved");
    if (!given) {
        return all;
    }
    if (!given->is_array() || given->get_array().size() > max_reserved) {
        members.add_mistake("reserved", "must be an array of at most 1000 strings");
        return all;
    }
    for (const boost::json::value& one : given->get_array()) {
        if (!one.is_string()) {
            members.add_mistake("reserved", "must be an array of strings");
            return all;
        }
        all.emplace_back(one.get_string().data(), one.get_string().size());
        check_reserved(members, version, all.back());
    }
    return all;
}

}  // namespace

bool is_owner(std::string_view text) {
    return why_no_text(text, 1, max_owner).empty();
}

Pool parse_pool(const boost::json::object& object) {
    Members members(object, {"name", "cidr", "reserved", "cooldown", "ttl", "note"});
    Pool pool;
    pool.name = members.required_text("name", max_pool_name);
    if (!pool.name.empty() && !is_pool_name(pool.name)) {
        members.add_mistake(
            "name",
            "must have 1 to 64 characters of a-z, 0-9, '.' and '-', and not be a dot "
            "segment");
    }
    const auto cidr = parse_cidr(members);
    pool.cidr = cidr.value_or(Network());
    pool.reserved =
        parse_all_reserved(members, cidr ? std::optional(cidr->version()) : std::nullopt);
    pool.cooldown = members.integer("cooldown", 0, max_seconds).value_or(0);
    pool.ttl = members.integer("ttl", 0, max_seconds).value_or(0);
    pool.note = members.text("note", max_note);
    members.check();
    return pool;
}

AllocationRequest parse_allocation(std::string pool, const boost::json::object& object) {
    Members members(object, {"owner", "ttl", "address", "count", "note"});
    AllocationRequest request;
    request.pool = std::move(pool);
    request.owner = members.required_text("owner", max_owner);
    request.ttl = members.integer("ttl", 0, max_seconds);
    request.address = members.address("address");
    request.count = members.integer("count", 1, max_count).value_or(1);
    request.note = members.text("note", max_note);
    if (request.address && request.count != 1) {
        members.add_mistake("count", "must be 1 with an address");
    }
    members.check();
    return request;
}

Renewal parse_renewal(const boost::json::object& object) {
    Members members(object, {"owner", "ttl"});
    Renewal renewal{.owner = members.required_text("owner", max_owner),
                    .ttl = members.integer("ttl", 0, max_seconds)};
    members.check();
    return renewal;
}

boost::json::object to_json(const Lease& lease) {
    return {{"address", to_string(lease.address)},
            {"pool", lease.pool},
            {"owner", lease.owner},
            {"note", lease.note},
            {"since", lease.since},
            {"expires", lease.expires}};
}

boost::json::object to_json(const PoolState& state) {
    const Pool& pool = state.pool;
    return {{"name", pool.name},
            {"cidr", to_string(pool.cidr)},
            {"reserved", boost::json::array(pool.reserved.begin(), pool.reserved.end())},
            {"cooldown", pool.cooldown},
            {"ttl", pool.ttl},
            {"note", pool.note},
            {"size", state.size},
            {"held", state.held},
            {"free", state.free}};
}

}  // namespace cookbook::control_plane
