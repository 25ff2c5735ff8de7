#include "lease_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "11_04_cidr_addresses/text/text.hpp"
#include "free_ranges.hpp"

namespace cookbook::control_plane {
namespace {

using rest_api::Type;

Lease lease_of(const rest_api::Values& row) {
    return {.address = from_key(std::get<std::string>(row[0])),
            .pool = std::get<std::string>(row[1]),
            .owner = std::get<std::string>(row[2]),
            .note = std::get<std::string>(row[3]),
            .since = std::get<std::int64_t>(row[4]),
            .expires = std::get<std::int64_t>(row[5])};
}

/// Counts a lease less, and an address that rests more if the pool has a cooldown: returns it.
std::int64_t count_end(Connection& connection, const std::string& pool) {
    constexpr std::array columns = {Type::integer};
    const auto rows = connection.select(
        "UPDATE pools SET held = held - 1, resting = resting + CASE WHEN cooldown > 0 THEN 1 ELSE "
        "0 "
        "END WHERE name = :1 RETURNING cooldown",
        {pool}, columns);
    return std::get<std::int64_t>(rows.at(0).at(0));
}

}  // namespace

std::int64_t end_of(std::int64_t now, std::int64_t seconds) {
    return seconds == 0 ? 0
                        : now + std::min(seconds, std::numeric_limits<std::int64_t>::max() - now);
}

std::vector<Lease> select_leases(Connection& connection, const std::string& clauses,
                                 const rest_api::Values& parameters) {
    constexpr std::array columns = {Type::text, Type::text,    Type::text,
                                    Type::text, Type::integer, Type::integer};
    std::vector<Lease> leases;
    for (const rest_api::Values& row : connection.select(
             "SELECT address, pool, owner, note, since, expires FROM leases" + clauses, parameters,
             columns)) {
        leases.push_back(lease_of(row));
    }
    return leases;
}

void begin_lease(Change& change, const Lease& lease, const std::string& key) {
    change.connection().execute(
        "INSERT INTO leases (address, pool, owner, note, key, since, expires) "
        "VALUES (:1, :2, :3, :4, :5, :6, :7)",
        {to_key(lease.address), lease.pool, lease.owner, lease.note, key, lease.since,
         lease.expires});
    change.record("lease.held", lease.pool, to_string(lease.address), lease.owner);
}

void end_lease(Change& change, const Lease& lease, std::string_view event) {
    Connection& connection = change.connection();
    connection.execute("DELETE FROM leases WHERE address = :1", {to_key(lease.address)});
    const std::int64_t cooldown = count_end(connection, lease.pool);
    if (cooldown > 0) {
        connection.execute("INSERT INTO resting (address, pool, until) VALUES (:1, :2, :3)",
                           {to_key(lease.address), lease.pool, end_of(change.now(), cooldown)});
    } else {
        FreeRanges(connection, lease.pool).give_back(lease.address);
    }
    change.record(event, lease.pool, to_string(lease.address), lease.owner);
}

std::optional<Lease> find_lease(Connection& connection, const Address& address) {
    auto leases = select_leases(connection, " WHERE address = :1", {to_key(address)});
    return leases.empty() ? std::nullopt : std::optional(std::move(leases.front()));
}

std::vector<Lease> list_leases(Connection& connection, const LeaseQuery& query) {
    rest_api::Values parameters = {query.after ? to_key(*query.after) : ""};
    std::string clauses = " WHERE address > :1";
    const auto narrow = [&](std::string_view column, const std::string& value) {
        if (!value.empty()) {
            parameters.emplace_back(value);
            clauses += fmt::format(" AND {} = :{}", column, parameters.size());
        }
    };
    narrow("pool", query.pool);
    narrow("owner", query.owner);
    parameters.emplace_back(query.limit);
    clauses += fmt::format(" ORDER BY address LIMIT :{}", parameters.size());
    return select_leases(connection, clauses, parameters);
}

}  // namespace cookbook::control_plane
