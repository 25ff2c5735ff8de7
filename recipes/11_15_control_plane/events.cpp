#include "events.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "common/async/task_group.hpp"

namespace cookbook::control_plane {
namespace {

using rest_api::DatabaseError;
using websocket::Opcode;
namespace close_code = websocket::close_code;

/// So few that the longest of them fit into a watcher's queue.
constexpr std::int64_t batch_size = 100;

/// What is kept of the log.
struct LogEnds {
    std::int64_t oldest = 0;
    std::int64_t newest = 0;
};

/// Whether it is the end of the log.
bool is_last(const EventBatch& batch) {
    return std::ssize(batch.events) < batch_size;
}

/// Asks again, once a second, until the database answers.
template <typename T>
asio::awaitable<T> ask(rest_api::Database& database, std::function<T(Connection&)> question) {
    asio::steady_timer pause(co_await this_coro::executor);
    for (bool is_known = false;; is_known = true) {  // that it does not answer
        try {
            co_return co_await database.read(question);
        } catch (const DatabaseError& error) {
            if (!is_known) {
                spdlog::warn("events: {}", error.what());
            }
        }
        pause.expires_after(1s);
        co_await pause.async_wait(use_awaitable);
    }
}

asio::awaitable<LogEnds> find_ends(rest_api::Database& database) {
    return ask<LogEnds>(database, [](Connection& connection) {
        return LogEnds{oldest_event(connection), newest_event(connection)};
    });
}

asio::awaitable<EventBatch> read_log(rest_api::Database& database, std::int64_t since,
                                     std::string pool) {
    return ask<EventBatch>(database, [since, pool = std::move(pool)](Connection& connection) {
        return read_events(connection, since, pool, batch_size);
    });
}

}  // namespace

/// A peer, and how far it has come.
struct Watchers::Watcher {
    Watcher(Watchers& of_all, websocket::Connection& its_peer, std::string its_pool)
        : all(of_all), peer(its_peer), pool(std::move(its_pool)) {}
    ~Watcher() { all.live_.erase(this); }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    [[nodiscard]] bool wants(const Event& event) const {
        return event.seq > seq && (pool.empty() || pool == event.pool);
    }
    /// Closes it if something that it has not seen was forgotten, before it sees what came after
    /// that: so it comes back with a number that says so.
    void check(const EventBatch& batch) const {
        if (seq < batch.oldest - 1) {
            close(close_code::try_again_later, "too slow for what is kept");
        }
    }
    void close(std::uint16_t code, std::string_view reason) const {
        peer.close(code, reason);
        peer.flush();
    }

    Watchers& all;
    websocket::Connection& peer;
    const std::string pool;
    std::int64_t seq = 0;  // up to here it has been told
};

void Watchers::wake() {
    is_woken_ = true;
    if (pause_) {
        pause_->cancel();
    }
}

asio::awaitable<void> Watchers::run() {
    pause_.emplace(co_await this_coro::executor);
    for (;;) {
        if (!std::exchange(is_woken_, false)) {
            pause_->expires_after(1s);
            co_await pause_->async_wait(use_nothrow);
            is_woken_ = false;
        }
        while (!live_.empty() && co_await tell_news()) {
        }
    }
}

/// Tells the live watchers one batch. Returns whether there is more.
asio::awaitable<bool> Watchers::tell_news() {
    seq_ = (*std::ranges::min_element(live_, {}, &Watcher::seq))->seq;
    EventBatch batch = co_await read_log(database_, seq_, {});
    seq_ = 0;  // from now on whoever is behind may be live
    for (const Watcher* watcher : live_) {
        watcher->check(batch);
    }
    // [step 3] Tell each what it does not know yet, and remember that it does.
    for (Event& event : batch.events) {
        websocket::Broadcast broadcast(std::move(event.body));
        for (Watcher* watcher : live_) {
            if (watcher->wants(event)) {
                watcher->peer.send(broadcast);
            }
        }
    }
    for (Watcher* watcher : live_) {
        watcher->seq = std::max(watcher->seq, batch.seq);
        watcher->peer.flush();
    }
    // [end]
    co_return !is_last(batch);
}

/// Says where the watcher begins: behind the newest event, or where it wants to, if all that
/// follows is still there. A number that the log has not come to is one of another log.
asio::awaitable<void> Watchers::begin(Watcher& watcher, std::optional<std::int64_t> since) {
    const LogEnds log = co_await find_ends(database_);
    watcher.seq = since.value_or(log.newest);
    if (watcher.seq < log.oldest - 1 || watcher.seq > log.newest) {
        watcher.peer.send(Opcode::text,
                          fmt::format(R"({{"event":"missed","oldest":{}}})", log.oldest));
        watcher.seq = log.oldest - 1;
    }
    watcher.peer.send(Opcode::text, fmt::format(R"({{"event":"ready","seq":{}}})", watcher.seq));
    watcher.peer.flush();
}

/// Tells the watcher what it has not seen yet, as fast as it takes it. In memory is one batch.
asio::awaitable<void> Watchers::catch_up(Watcher& watcher) {
    // [step 3] Read a batch and tell it, until there is no more; then let run() go on.
    while (!watcher.peer.is_closing()) {
        const EventBatch batch = co_await read_log(database_, watcher.seq, watcher.pool);
        watcher.check(batch);
        for (const Event& event : batch.events) {
            co_await watcher.peer.wait_for_room();
            watcher.peer.send(Opcode::text, event.body);
        }
        watcher.peer.flush();
        watcher.seq = batch.seq;
        if (is_last(batch) && watcher.seq >= seq_) {  // run() reads on from there, or before
            live_.insert(&watcher);
            co_return wake();  // for what has come since we have read
        }
    }
    // [end]
}

/// Brings the watcher up to the others. If that fails, it is not left to believe that nothing
/// happens.
asio::awaitable<void> Watchers::follow(Watcher& watcher, std::optional<std::int64_t> since) {
    try {
        co_await begin(watcher, since);
        co_await catch_up(watcher);
    } catch (...) {
        if (!watcher.peer.is_closing()) {  // otherwise nobody wants it any more
            watcher.close(close_code::internal_error, "internal error");
            throw;
        }
    }
}

asio::awaitable<void> Watchers::watch(websocket::Connection& peer, Watch watch) {
    Watcher watcher(*this, peer, std::move(watch.pool));
    TaskGroup group(co_await this_coro::executor);
    group.spawn(follow(watcher, watch.since));
    while (co_await peer.wait()) {
        while (peer.next()) {  // a watcher has nothing to say but pongs and Close
        }
    }
    group.cancel();
    co_await group.join();
}

}  // namespace cookbook::control_plane
