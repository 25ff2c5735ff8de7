// Watchers: each is told every event after the number that it names, in order, none twice.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "11_05b_rest_api/database.hpp"
#include "11_14_websocket/connection.hpp"
#include "common/async/asio.hpp"
#include "event_log.hpp"

namespace cookbook::control_plane {

/// What a watcher wants.
struct Watch {
    std::optional<std::int64_t> since = {};  // from now on if it is not given
    std::string pool = {};                   // of all pools if empty
};

/// The log's readers. One coroutine reads what is new, for all of them; whoever is behind reads the
/// log itself until it has come up. All on one thread.
class Watchers {
public:
    /// `database` must outlive it.
    explicit Watchers(rest_api::Database& database) : database_(database) {}

    /// Says that there may be new events: never wrong, and forgotten at the price of a second.
    void wake();

    /// Reads new events and tells the watchers, until the caller is cancelled: when it is woken,
    /// and once a second. A database that does not answer is waited for.
    asio::awaitable<void> run();

    /// Tells `peer` what has happened and what happens, until the connection ends; within
    /// converse(). First {"event": "missed", "oldest": N} if events after watch.since are no longer
    /// kept, and {"event": "ready", "seq": N}: it is told what comes after N. A peer that takes
    /// less than it is sent is closed with 1013: it comes back with the last number that it has
    /// seen, for the log is its queue.
    asio::awaitable<void> watch(websocket::Connection& peer, Watch watch);

private:
    struct Watcher;

    asio::awaitable<void> begin(Watcher& watcher, std::optional<std::int64_t> since);
    asio::awaitable<void> catch_up(Watcher& watcher);
    asio::awaitable<void> follow(Watcher& watcher, std::optional<std::int64_t> since);
    asio::awaitable<bool> tell_news();

    rest_api::Database& database_;
    std::set<Watcher*> live_;  // those that run() tells; each has been told all up to seq_
    std::int64_t seq_ = 0;  // where run()'s read began, while it reads: who is behind is not live
    std::optional<asio::steady_timer> pause_;  // of run()
    bool is_woken_ = false;
};

}  // namespace cookbook::control_plane
