// 11.15 Control plane: watchers: none misses an event, and none is told one twice.
#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "11_15_control_plane_events.hpp"
#include "common/async/task_group.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::control_plane;

namespace {

/// Reads to the event `last`, and comes back every `per_connection` events.
asio::awaitable<void> follow(EventServer& server, std::int64_t since, std::int64_t last,
                             int per_connection) {
    while (since < last) {
        Peer peer = co_await server.watch("?since=" + std::to_string(since), since);
        for (int i = 0; i < per_connection && since < last; ++i) {
            ++since;
            co_await expect_events(peer, since, since, "others make them at the same time");
        }
        hang_up(peer);
    }
}

/// Makes changes of one to four events, `count` events in all, from a thread of its own.
std::jthread make_events(EventServer& server, const asio::any_io_executor& executor,
                         const std::string& url, int count) {
    return std::jthread([&server, executor, url, count] {
        const auto log = open_log(url);
        rest_api::wait_for_writers(*log);
        for (int made = 0, next = 1; made < count; next = next % 4 + 1) {
            const int now = std::min(next, count - made);
            record(*log, now);
            made += now;
            asio::post(executor, [&server] { server.watchers.wake(); });
        }
    });
}

/// A client that takes little at once.
asio::awaitable<tcp::socket> connect_narrow(tcp::endpoint endpoint) {
    tcp::socket socket(co_await this_coro::executor, endpoint.protocol());
    socket.set_option(tcp::socket::receive_buffer_size(4096));
    co_await socket.async_connect(endpoint, use_awaitable);
    co_return socket;
}

/// Reads events, each the next one after `seq`, until something else comes: what that is.
asio::awaitable<std::string> read_on(Peer& peer, std::int64_t& seq) {
    for (;;) {
        std::string event = co_await peer.next();
        if (!event.starts_with("text ")) {
            co_return event;
        }
        BOOST_TEST_REQUIRE(seq_of(event) == ++seq);
    }
}

/// Work that keeps one connection of the database until it is told to end.
asio::awaitable<void> keep_connection(rest_api::Database& database,
                                      std::shared_ptr<std::atomic_flag> end) {
    const std::function<bool(Connection&)> wait = [end = std::move(end)](Connection&) {
        end->wait(false);
        return true;
    };
    co_await database.read(wait);
}

/// While it lives, whoever reads the database waits.
class BusyDatabase {
public:
    BusyDatabase(const asio::any_io_executor& executor, rest_api::Database& database)
        : group_(executor) {
        for (std::size_t i = 0; i < rest_api::DatabaseOptions().connections; ++i) {
            group_.spawn(keep_connection(database, end_));
        }
    }
    ~BusyDatabase() { let_go(); }
    BusyDatabase(const BusyDatabase&) = delete;
    BusyDatabase& operator=(const BusyDatabase&) = delete;

    asio::awaitable<void> end() {
        let_go();
        co_await group_.join();
    }

private:
    void let_go() {
        end_->test_and_set();
        end_->notify_all();
    }

    std::shared_ptr<std::atomic_flag> end_ = std::make_shared<std::atomic_flag>();
    TaskGroup group_;
};

/// So many that no socket holds them.
constexpr int too_many = 3600;
void record_too_many(Connection& log) {
    record(log, too_many, "lab", std::string(2000, 'x'));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_events)

DATABASE_CASE(a_watcher_is_told_what_happens_from_now_on) {
    EventServer server(co_await this_coro::executor, url);
    const auto log = open_log(url);
    record(*log, 3);
    Peer peer = co_await server.watch("", 3);
    for (const std::int64_t seq : {4, 5, 6}) {  // the first may be caught up with
        record(*log, 1);
        server.watchers.wake();
        const std::string event = co_await peer.next();
        BOOST_TEST(event == fmt::format(R"(text {{"seq":{},"event":"lease.held","time":1800000000,)"
                                        R"("pool":"lab","address":"192.0.2.1","owner":"ann"}})",
                                        seq));
    }
    hang_up(peer);
    co_await server.end();
}

DATABASE_CASE(resumes_from_any_number) {
    EventServer server(co_await this_coro::executor, url);
    const auto log = open_log(url);
    std::int64_t newest = 250;
    record(*log, static_cast<int>(newest));
    for (const std::int64_t since : {0, 1, 99, 100, 101, 200, 249, 250}) {
        Peer peer = co_await server.watch("?since=" + std::to_string(since), since);
        co_await expect_events(peer, since + 1, newest, "these are after " + std::to_string(since));
        record(*log, 2);
        server.watchers.wake();
        co_await expect_events(peer, newest + 1, newest + 2, "and these have just happened");
        newest += 2;
        hang_up(peer);
    }
    co_await server.end();
}

DATABASE_CASE(who_comes_and_goes_misses_none_and_hears_none_twice) {
    const auto executor = co_await this_coro::executor;
    EventServer server(executor, url);
    record(*open_log(url), 150);
    constexpr int made_by_each = 300;
    constexpr std::int64_t last = 150 + 2 * made_by_each;
    std::vector<std::jthread> makers;
    for (int i = 0; i < 2; ++i) {
        makers.push_back(make_events(server, executor, url, made_by_each));
    }
    TaskGroup watchers(executor);
    for (const int per_connection : {1000, 1000, 211, 97, 40, 17}) {
        watchers.spawn(follow(server, per_connection % 150, last, per_connection));
    }
    std::exception_ptr failure;
    try {
        co_await watchers.join();
    } catch (...) {
        failure = std::current_exception();
    }
    makers.clear();
    co_await server.end();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

DATABASE_CASE(who_is_ahead_of_the_others_hears_nothing_twice) {
    EventServer server(co_await this_coro::executor, url);
    const auto log = open_log(url);
    record(*log, 10);
    Peer behind = co_await server.watch("?since=10", 10);
    record(*log, 1);
    server.watchers.wake();
    co_await expect_events(behind, 11, 11, "it is live");
    record(*log, 250);  // of which the server is not told
    Peer ahead = co_await server.watch("?since=259", 259);
    co_await expect_events(ahead, 260, 261, "the rest");
    co_await expect_events(behind, 12, 261, "whoever comes has the others told, too");
    record(*log, 1);
    server.watchers.wake();
    co_await expect_events(ahead, 262, 262, "it knew of those before");
    co_await expect_events(behind, 262, 262, "each once");
    hang_up(behind, ahead);
    co_await server.end();
}

ASYNC_TEST_CASE(who_comes_up_while_others_are_told_misses_nothing) {
    Watched watched(co_await this_coro::executor);
    auto& [folder, server, log] = watched;
    record(*log, 90, "lab", std::string(100'000, 'x'));  // one batch, and more than a socket holds
    Peer slow = co_await server.over(co_await connect_narrow(server.endpoint()), "?since=0");
    BOOST_TEST(co_await slow.next() == R"(text {"event":"ready","seq":0})");
    co_await expect_events(slow, 1, 1, "it has read all that there is, and waits for room");
    Peer live = co_await server.watch("", 90);
    for (const std::int64_t seq : {91, 92}) {
        record(*log, 1);
        server.watchers.wake();
        co_await expect_events(live, seq, seq, "it is live");
    }
    co_await settle();
    BusyDatabase busy(co_await this_coro::executor, server.database);
    record(*log, 1);
    server.watchers.wake();
    co_await settle();  // what comes after 92 is being read
    co_await expect_events(slow, 2, 90, "the rest of what it has read");
    co_await settle();
    co_await busy.end();
    co_await expect_events(slow, 91, 93, "it is not among the live ones before it knows of 92");
    co_await expect_events(live, 93, 93, "each once");
    hang_up(slow, live);
    co_await server.end();
}

DATABASE_CASE(a_watcher_of_one_pool_hears_of_that_only) {
    EventServer server(co_await this_coro::executor, url);
    const auto log = open_log(url);
    for (int i = 0; i < 150; ++i) {
        record(*log, 1, i % 2 == 0 ? "odd" : "even");
    }
    Peer peer = co_await server.watch("?since=0&pool=odd", 0);
    for (std::int64_t seq = 1; seq < 150; seq += 2) {
        co_await expect_events(peer, seq, seq, "what was");
    }
    for (const std::int64_t seq : {152, 154}) {
        record(*log, 1, "even");
        record(*log, 1, "odd");
        server.watchers.wake();
        co_await expect_events(peer, seq, seq, "what is");
    }
    hang_up(peer);
    co_await server.end();
}

DATABASE_CASE(says_what_is_no_longer_kept) {
    EventServer server(co_await this_coro::executor, url);
    const auto log = open_log(url);
    record(*log, 20);
    log->run("DELETE FROM events WHERE seq <= 10");
    for (const std::string since : {"0", "9", "500", "9223372036854775807"}) {
        Peer peer = co_await server.open("?since=" + since);
        BOOST_TEST(co_await peer.next() == R"(text {"event":"missed","oldest":11})",
                   "since " << since);
        BOOST_TEST(co_await peer.next() == R"(text {"event":"ready","seq":10})");
        co_await expect_events(peer, 11, 20, "all that is there");
        hang_up(peer);
    }
    Peer peer = co_await server.watch("?since=10", 10);
    co_await expect_events(peer, 11, 20, "it has missed nothing");
    hang_up(peer);
    log->run("DELETE FROM events");
    Peer late = co_await server.open("?since=19");
    BOOST_TEST(co_await late.next() == R"(text {"event":"missed","oldest":21})");
    BOOST_TEST(co_await late.next() == R"(text {"event":"ready","seq":20})");
    Peer current = co_await server.watch("?since=20", 20);
    hang_up(late, current);
    co_await server.end();
}

DATABASE_CASE(what_was_forgotten_before_it_was_told_is_not_passed_over) {
    EventServer server(co_await this_coro::executor, url);
    const auto log = open_log(url);
    record(*log, 1);
    Peer peer = co_await server.watch("?since=0", 0);
    co_await expect_events(peer, 1, 1, "it is live");
    {
        Change change(*log, 1'800'000'000);
        for (int i = 0; i < 5; ++i) {
            change.record("lease.held", "lab");
        }
        log->run("DELETE FROM events WHERE seq <= 4");
        change.commit();
    }
    server.watchers.wake();
    const std::string event = co_await peer.next();
    BOOST_TEST(event.starts_with("close 1013"),
               event << " came: with 5 it would never know of 2, 3 and 4");
    hang_up(peer);
    co_await server.end();
}

ASYNC_TEST_CASE(what_was_forgotten_before_it_was_read_is_not_passed_over) {
    Watched watched(co_await this_coro::executor);
    auto& [folder, server, log] = watched;
    record_too_many(*log);
    Peer slow = co_await server.over(co_await connect_narrow(server.endpoint()), "?since=0");
    BOOST_TEST(co_await slow.next() == R"(text {"event":"ready","seq":0})");
    log->run(fmt::format("DELETE FROM events WHERE seq < {}", too_many));
    std::int64_t seq = 0;
    const std::string event = co_await read_on(slow, seq);
    BOOST_TEST(event.starts_with("close 1013"), event);
    hang_up(slow);
    co_await server.end();
}

ASYNC_TEST_CASE(a_slow_watcher_is_closed_and_comes_back_for_the_rest) {
    Watched watched(co_await this_coro::executor);
    auto& [folder, server, log] = watched;
    Peer fast = co_await server.watch("", 0);
    Peer slow = co_await server.over(co_await connect_narrow(server.endpoint()), "");
    BOOST_TEST(co_await slow.next() == R"(text {"event":"ready","seq":0})");
    record(*log, 1);
    server.watchers.wake();
    co_await expect_events(slow, 1, 1, "it is live");
    co_await expect_events(fast, 1, 1, "it is live");
    for (int told = 1; told < too_many; told += 100) {
        record(*log, 100, "lab", std::string(2000, 'x'));
        server.watchers.wake();
        co_await expect_events(fast, told + 1, told + 100, "whoever else is slow");
    }
    std::int64_t seq = 1;
    BOOST_TEST(co_await read_on(slow, seq) == "close 1013 too slow");
    BOOST_TEST(seq < too_many, "7 MB were queued for one watcher");
    hang_up(slow);
    Peer back = co_await server.watch("?since=" + std::to_string(seq), seq);
    co_await expect_events(back, seq + 1, 1 + too_many, "it goes on where it was");
    hang_up(fast, back);
    co_await server.end();
}

ASYNC_TEST_CASE(who_is_behind_takes_its_time) {
    Watched watched(co_await this_coro::executor);
    auto& [folder, server, log] = watched;
    record_too_many(*log);
    Peer slow = co_await server.over(co_await connect_narrow(server.endpoint()), "?since=0");
    Peer other = co_await server.watch("?since=0", 0);
    co_await expect_events(other, 1, too_many, "nobody waits for the slow one");
    co_await settle();
    BOOST_TEST(co_await slow.next() == R"(text {"event":"ready","seq":0})");
    co_await expect_events(slow, 1, too_many, "the log is its queue");
    record(*log, 1);
    server.watchers.wake();
    co_await expect_events(slow, too_many + 1, too_many + 1, "now it is live");
    hang_up(slow, other);
    co_await server.end();
}

DATABASE_CASE(what_another_server_does_is_told_within_a_second) {
    EventServer server(co_await this_coro::executor, url);
    const auto log = open_log(url);
    record(*log, 1);
    Peer peer = co_await server.watch("?since=0", 0);
    co_await expect_events(peer, 1, 1, "it is live");
    for (const std::int64_t seq : {2, 3}) {
        co_await settle();
        record(*log, 1);
        co_await advance(1s);
        co_await expect_events(peer, seq, seq, "nobody has woken the server");
    }
    hang_up(peer);
    co_await server.end();
}

DATABASE_CASE(waits_for_a_database_that_does_not_answer) {
    const Log said;
    EventServer server(co_await this_coro::executor, url);
    const auto log = open_log(url);
    Peer peer = co_await server.watch("", 0);
    log->run("ALTER TABLE events RENAME TO elsewhere");
    server.watchers.wake();
    Peer other = co_await server.open("?since=0");
    co_await until([&] { return count_of("events: ", said.text()) >= 2; }, "both to be told why");
    log->run("ALTER TABLE elsewhere RENAME TO events");
    record(*log, 2);
    co_await advance(1s);
    BOOST_TEST(co_await other.next() == R"(text {"event":"ready","seq":0})");
    co_await expect_events(peer, 1, 2, "the database is back");
    co_await expect_events(other, 1, 2, "who has come meanwhile is told, too");
    hang_up(peer, other);
    co_await server.end();
}

ASYNC_TEST_CASE(who_watches_a_log_that_was_put_back_is_live) {
    Watched watched(co_await this_coro::executor);
    auto& [folder, server, log] = watched;
    record(*log, 20);
    Peer before = co_await server.watch("", 20);
    record(*log, 1);
    server.watchers.wake();
    co_await expect_events(before, 21, 21, "it is live");
    hang_up(before);
    co_await settle();
    log->run("DELETE FROM events WHERE seq > 10");  // as an older copy of the database has it
    log->run("UPDATE counter SET seq = 10");
    Peer after = co_await server.watch("", 10);
    co_await settle();
    const CountCalls calls;
    co_await pass(300ms);
    BOOST_TEST(calls[Call::epoll_wait] < 50U, "the log is read again and again");
    record(*log, 1);
    server.watchers.wake();
    co_await expect_events(after, 11, 11, "it is live");
    hang_up(after);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
