#include <fmt/format.h>

#include <array>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>

#include "11_04_cidr_addresses/text/text.hpp"
#include "free_ranges.hpp"
#include "store.hpp"

namespace cookbook::control_plane {
namespace {

std::vector<std::string> split_reserved(const std::string& joined) {
    std::vector<std::string> texts;
    if (!joined.empty()) {
        boost::split(texts, joined, boost::is_any_of(","));
    }
    return texts;
}

/// How many they are: less than 2^128, because a pool of ::/0 does not give out its first.
uint128 count_of(const Ranges& ranges) {
    uint128 count = 0;
    for (const Range& range : ranges) {
        count += range.last - range.first + 1;
    }
    return count;
}

PoolState state_of(const rest_api::Values& row) {
    PoolState state{.pool = {.name = std::get<std::string>(row[0]),
                             .cidr = Network::parse(std::get<std::string>(row[1])),
                             .reserved = split_reserved(std::get<std::string>(row[2])),
                             .cooldown = std::get<std::int64_t>(row[3]),
                             .ttl = std::get<std::int64_t>(row[4]),
                             .note = std::get<std::string>(row[5])},
                    .size = {},
                    .held = std::get<std::int64_t>(row[6]),
                    .free = {}};
    const uint128 size = count_of(usable_addresses(state.pool));
    const std::int64_t not_free = state.held + std::get<std::int64_t>(row[7]);
    state.size = fmt::format("{}", size);
    state.free = fmt::format("{}", size - static_cast<uint128>(not_free));
    return state;
}

std::vector<PoolState> select_pools(Connection& connection, const std::string& clauses,
                                    const rest_api::Values& parameters) {
    using rest_api::Type;
    constexpr std::array columns = {Type::text,    Type::text, Type::text,    Type::integer,
                                    Type::integer, Type::text, Type::integer, Type::integer};
    std::vector<PoolState> pools;
    for (const rest_api::Values& row : connection.select(
             "SELECT name, cidr, reserved, cooldown, ttl, note, held, resting FROM pools" + clauses,
             parameters, columns)) {
        pools.push_back(state_of(row));
    }
    return pools;
}

/// Since pools do not overlap, only the last that begins before the network's end can.
void refuse_overlap(Connection& connection, const Network& cidr) {
    const auto before_end =
        select_pools(connection, " WHERE first <= :1 ORDER BY first DESC LIMIT 1",
                     {to_key(cidr.broadcast_address())});
    if (!before_end.empty() && before_end.front().pool.cidr.overlaps(cidr)) {
        const Pool& other = before_end.front().pool;
        throw conflict("overlaps", fmt::format("{} overlaps {}, which is {}.", to_string(cidr),
                                               other.name, to_string(other.cidr)));
    }
}

void insert_pool(Connection& connection, const Pool& pool) {
    connection.execute(
        "INSERT INTO pools (name, cidr, first, last, reserved, cooldown, ttl, note, held, resting) "
        "VALUES (:1, :2, :3, :4, :5, :6, :7, :8, 0, 0)",
        {pool.name, to_string(pool.cidr), to_key(pool.cidr.network_address()),
         to_key(pool.cidr.broadcast_address()), boost::join(pool.reserved, ","), pool.cooldown,
         pool.ttl, pool.note});
    FreeRanges free(connection, pool.name);
    for (const Range& range : usable_addresses(pool)) {
        free.add(
            {Address(pool.cidr.version(), range.first), Address(pool.cidr.version(), range.last)});
    }
}

}  // namespace

PoolState create_pool(Connection& connection, const Pool& pool, std::int64_t now) {
    Change change(connection, now);
    if (find_pool(connection, pool.name)) {
        throw conflict("exists", fmt::format("There is a pool {} already.", pool.name));
    }
    refuse_overlap(connection, pool.cidr);
    insert_pool(connection, pool);
    change.record("pool.created", pool.name);
    PoolState state = find_pool(connection, pool.name).value();
    change.commit();
    return state;
}

void delete_pool(Connection& connection, const std::string& name, std::int64_t now) {
    Change change(connection, now);
    const auto state = find_pool(connection, name);
    if (!state) {
        throw not_found("no-such-pool", fmt::format("There is no pool {}.", name));
    }
    if (state->held > 0) {
        throw conflict("in-use", fmt::format("{} addresses of {} are held.", state->held, name));
    }
    for (const char* table : {"free", "resting"}) {
        connection.execute(fmt::format("DELETE FROM {} WHERE pool = :1", table), {name});
    }
    connection.execute("DELETE FROM pools WHERE name = :1", {name});
    change.record("pool.deleted", name);
    change.commit();
}

std::vector<PoolState> list_pools(Connection& connection) {
    return select_pools(connection, " ORDER BY name", {});
}

std::optional<PoolState> find_pool(Connection& connection, const std::string& name) {
    auto pools = select_pools(connection, " WHERE name = :1", {name});
    return pools.empty() ? std::nullopt : std::optional(std::move(pools.front()));
}

}  // namespace cookbook::control_plane
