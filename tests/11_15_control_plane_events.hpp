// A server of events, and who watches it.
#pragma once

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <string>
#include <utility>

#include "11_05b_rest_api/database.hpp"
#include "11_05b_rest_api_both_databases.hpp"
#include "11_14_websocket_frames.hpp"
#include "11_15_control_plane/change.hpp"
#include "11_15_control_plane/schema.hpp"
#include "11_15_control_plane/watching.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"

namespace cookbook::control_plane {

using namespace cookbook::testing;

inline const std::string with_key = "Authorization: Bearer secret\r\n";

/// Runs until it is cancelled, and says nothing of that.
inline asio::awaitable<void> until_cancelled(asio::awaitable<void> part) {
    try {
        co_await std::move(part);
    } catch (const boost::system::system_error& error) {
        BOOST_TEST((error.code() == asio::error::operation_aborted), error.what());
    }
}

/// The events of a database, which it makes if it is not there.
class EventServer {
public:
    /// It waits long for a Close: on a busy machine a test may not read for seconds.
    EventServer(const asio::any_io_executor& executor, const std::string& url,
                websocket::Options connection = {.close_timeout = 600s})
        : options_{.key = "secret", .connection = connection},
          database({.url = url, .limit = 60s, .ready_limit = 60s}, migrations()),
          watchers(database),
          hub_(executor),
          server_(executor, [this](http::Request& request) {
              return respond_to_watcher(request, watchers, options_);
          }) {
        hub_.spawn(until_cancelled(watchers.run()));
    }

    /// Asks for /v1/events.
    asio::awaitable<Peer> open(std::string query, std::string more = with_key) {
        co_return co_await over(co_await server_.connect(), std::move(query), std::move(more));
    }
    asio::awaitable<Peer> over(tcp::socket socket, std::string query, std::string more = with_key) {
        Peer peer(std::move(socket));
        co_await peer.open("/v1/events" + query, std::move(more));
        co_return peer;
    }
    /// One that is ready, and how far it is then.
    asio::awaitable<Peer> watch(std::string query, std::int64_t seq) {
        Peer peer = co_await open(std::move(query));
        const std::string ready = co_await peer.next();
        BOOST_TEST(ready == fmt::format(R"(text {{"event":"ready","seq":{}}})", seq));
        co_return peer;
    }

    void stop() { server_.stop(); }
    asio::awaitable<void> end() {
        co_await server_.end();
        hub_.cancel();
        co_await hub_.join();
    }
    [[nodiscard]] const tcp::endpoint& endpoint() const { return server_.endpoint(); }

private:
    RestOptions options_;

public:
    rest_api::Database database;
    Watchers watchers;

private:
    TaskGroup hub_;
    HttpServer server_;
};

inline std::unique_ptr<Connection> open_log(const std::string& url) {
    return rest_api::open_database(url, migrations());
}

/// A server over an empty log.
struct Watched {
    explicit Watched(const asio::any_io_executor& executor)
        : server(executor, folder.file("ipam.db")), log(open_log(folder.file("ipam.db"))) {}

    TemporaryFolder folder;
    EventServer server;
    std::unique_ptr<Connection> log;
};

/// What happened, in one change.
inline void record(Connection& connection, int count, const std::string& pool = "lab",
                   const std::string& owner = "ann") {
    Change change(connection, 1'800'000'000);
    for (int i = 0; i < count; ++i) {
        change.record("lease.held", pool, "192.0.2.1", owner);
    }
    change.commit();
}

/// The number of an event; 0, and a failure, if it is none.
inline std::int64_t seq_of(const std::string& event) {
    error_code malformed;
    const std::string text = event.starts_with("text ") ? event.substr(5) : "";
    const auto value = boost::json::parse(text, malformed);
    const auto* seq =
        malformed || !value.is_object() ? nullptr : value.get_object().if_contains("seq");
    BOOST_TEST(seq, "not an event: " << event);
    return seq ? seq->to_number<std::int64_t>() : 0;
}

/// The next events are those with the numbers `first` to `last`.
inline asio::awaitable<void> expect_events(Peer& peer, std::int64_t first, std::int64_t last,
                                           std::string rule) {
    for (std::int64_t seq = first; seq <= last; ++seq) {
        const std::string event = co_await peer.next();
        BOOST_TEST_REQUIRE(seq_of(event) == seq, event.substr(0, 120)
                                                     << " came, not " << seq << ": " << rule);
    }
}

}  // namespace cookbook::control_plane
