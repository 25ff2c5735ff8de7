// What has happened, by number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "11_05b_rest_api/connection.hpp"

namespace cookbook::control_plane {

using rest_api::Connection;

/// An event as it was stored. `body` is JSON: {"seq", "event", "time", "pool", "address"?,
/// "owner"?}, `time` in seconds since 1970.
struct Event {
    std::int64_t seq = 0;
    std::string pool;
    std::string body;
};

/// Events that follow each other in the log, and none between them is missing but those of other
/// pools.
struct EventBatch {
    std::vector<Event> events;
    std::int64_t seq = 0;     // up to here all have been looked at
    std::int64_t oldest = 0;  // that is kept: those between `since` and it are missed
};

/// The events after `since`, of one pool unless `pool` is empty: at most `limit`, of one state of
/// the database. All throw DatabaseError.
[[nodiscard]] EventBatch read_events(Connection& connection, std::int64_t since,
                                     const std::string& pool, std::int64_t limit);
/// The number of the newest event; 0 if there was none yet.
[[nodiscard]] std::int64_t newest_event(Connection& connection);
/// The number of the oldest that is kept; one more than the newest if none is.
[[nodiscard]] std::int64_t oldest_event(Connection& connection);

}  // namespace cookbook::control_plane
