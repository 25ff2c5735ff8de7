#include <algorithm>
#include <array>
#include <iterator>

#include "event_log.hpp"
#include "free_ranges.hpp"
#include "lease_rows.hpp"

namespace cookbook::control_plane {
namespace {

constexpr std::int64_t sweep_batch = 500;

std::int64_t end_expired(Change& change) {
    const auto leases = select_leases(
        change.connection(), " WHERE expires > 0 AND expires < :1 ORDER BY expires LIMIT :2",
        {change.now(), sweep_batch});
    for (const Lease& lease : leases) {
        end_lease(change, lease, "lease.expired");
    }
    return std::ssize(leases);
}

std::int64_t free_rested(Change& change) {
    constexpr std::array columns = {rest_api::Type::text, rest_api::Type::text};
    Connection& connection = change.connection();
    const auto rows = connection.select(
        "SELECT address, pool FROM resting WHERE until < :1 ORDER BY until LIMIT :2",
        {change.now(), sweep_batch}, columns);
    for (const rest_api::Values& row : rows) {
        const auto& pool = std::get<std::string>(row[1]);
        connection.execute("DELETE FROM resting WHERE address = :1", {row[0]});
        connection.execute("UPDATE pools SET resting = resting - 1 WHERE name = :1", {pool});
        FreeRanges(connection, pool).give_back(from_key(std::get<std::string>(row[0])));
    }
    return std::ssize(rows);
}

std::int64_t forget_events(Connection& connection, std::int64_t keep) {
    const std::int64_t last_of_batch = oldest_event(connection) + sweep_batch - 1;
    const std::int64_t last_too_old = newest_event(connection) - keep;
    return connection.execute("DELETE FROM events WHERE seq <= :1",
                              {std::min(last_too_old, last_of_batch)});
}

}  // namespace

Swept sweep(Connection& connection, std::int64_t keep_events, std::int64_t now) {
    Change change(connection, now);
    Swept swept;
    swept.expired = end_expired(change);
    swept.rested = free_rested(change);
    const std::int64_t forgotten = forget_events(connection, keep_events);
    change.commit();
    swept.more = std::max({swept.expired, swept.rested, forgotten}) == sweep_batch;
    return swept;
}

}  // namespace cookbook::control_plane
