// A change and the events that tell of it: one transaction, numbered so that none is passed over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "11_05b_rest_api/transaction.hpp"

namespace cookbook::control_plane {

using rest_api::Connection;

/// A transaction that holds the counter's row from its begin to its end: changes are made one after
/// the other, so the order of their events is the order of their commits. A sequence would not do:
/// a transaction that took number 1 may commit after the one with 2, and whoever read on from 2
/// would never see 1. Rolled back when it goes, unless commit() has returned.
class Change {
public:
    /// Begins, and waits for the change before it. `now` in seconds since 1970. All functions throw
    /// DatabaseError.
    Change(Connection& connection, std::int64_t now);

    /// Has the change tell of itself. `event` is "lease.held" or the like; `address` and `owner`
    /// may be empty.
    void record(std::string_view event, std::string_view pool, std::string_view address = {},
                std::string_view owner = {});

    /// Makes it durable. Wakes the other servers of a PostgreSQL, if there are events.
    void commit();

    [[nodiscard]] Connection& connection() noexcept { return connection_; }
    [[nodiscard]] std::int64_t now() const noexcept { return now_; }

private:
    Connection& connection_;
    rest_api::Transaction transaction_;
    std::int64_t now_;
    std::int64_t first_;  // the number of the last event before this change
    std::int64_t seq_;    // of the last event so far
};

}  // namespace cookbook::control_plane
