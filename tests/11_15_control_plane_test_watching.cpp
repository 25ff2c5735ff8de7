// 11.15 Control plane: who may watch, for how long nobody asks, and PostgreSQL's notices.
#include <boost/test/unit_test.hpp>
#include <string>

#include "11_15_control_plane/notices.hpp"
#include "11_15_control_plane_events.hpp"
#include "common/async/task_group.hpp"

using namespace cookbook;
using namespace cookbook::control_plane;

namespace {

const std::string ready = R"(text {"event":"ready","seq":0})";

/// Counts notices, and waits for them.
class Notices {
public:
    explicit Notices(const asio::any_io_executor& executor)
        : changed_(executor, asio::steady_timer::time_point::max()) {}

    void count() {
        ++count_;
        changed_.cancel();
    }
    asio::awaitable<void> wait_for(int count) {
        const Waiting waiting("a notice");
        while (count_ < count) {
            co_await changed_.async_wait(use_nothrow);
        }
    }
    [[nodiscard]] int so_far() const { return count_; }

private:
    int count_ = 0;
    asio::steady_timer changed_;
};

asio::awaitable<void> hear_notices() {
    rest_api::PostgreSqlServer database(co_await this_coro::executor);
    if (!co_await database.start()) {
        co_return;
    }
    const std::string url = database.create("notices");
    auto log = open_log(url);
    const Log said;
    Notices notices(co_await this_coro::executor);
    TaskGroup group(co_await this_coro::executor);
    group.spawn(until_cancelled(listen_for_notices(url, [&] { notices.count(); })));
    co_await notices.wait_for(1);  // it listens
    record(*log, 1);
    co_await notices.wait_for(2);
    {
        Change undone(*log, 1'800'000'000);
        undone.record("lease.held", "lab");
    }
    {
        Change(*log, 1'800'000'000).commit();
    }
    co_await settle();
    BOOST_TEST(notices.so_far() == 2, "nothing has happened, and a notice came");

    co_await database.order("stop");
    co_await until([&] { return !said.text().empty(); }, "a warning that the database is gone");
    for (int i = 0; i < 3; ++i) {
        co_await advance(1s);  // it tries again, in vain
    }
    co_await database.order("start");
    while (notices.so_far() < 3) {
        co_await advance(100ms);
    }
    log = open_log(url);
    record(*log, 1);
    co_await notices.wait_for(4);
    BOOST_TEST(count_of("notices: ", said.text()) == 1, "one outage, one line: " << said.text());
    group.cancel();
    co_await group.join();
    co_await database.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_watching)

ASYNC_TEST_CASE(a_key_is_shown_in_the_head_or_first_of_all) {
    Watched watched(co_await this_coro::executor);
    Peer program = co_await watched.server.open("");
    BOOST_TEST(co_await program.next() == ready);
    Peer page = co_await watched.server.open("", "Origin: http://127.0.0.1\r\n");
    BOOST_TEST(status_of(page.response) == "101");
    co_await page.send(text_frame(R"({"key": "secret"})") + text_frame("what?"));
    BOOST_TEST(co_await page.next() == ready);
    record(*watched.log, 1);
    watched.server.watchers.wake();
    co_await expect_events(page, 1, 1, "what it says besides is not heard");
    hang_up(program, page);
    co_await watched.server.end();
}

ASYNC_TEST_CASE(a_wrong_key_is_refused) {
    Watched watched(co_await this_coro::executor);
    for (const std::string field : {"Authorization: Bearer wrong", "Authorization: Bearer secre",
                                    "Authorization: Bearer secret1"}) {
        Peer peer = co_await watched.server.open("", field + "\r\n");
        BOOST_TEST(status_of(peer.response) == "401", field);
        hang_up(peer);
    }
    for (const std::string message : {R"({"key": "wrong"})", R"({"key": 1})", R"({})", "[]",
                                      "secret", "", R"({"key": "secret")"}) {
        Peer peer = co_await watched.server.open("", "");
        co_await peer.send(text_frame(message));
        const std::string event = co_await peer.next();
        BOOST_TEST(event.starts_with("close 4401"), message << " got " << event);
        co_await peer.send(close_frame(4401));
        BOOST_TEST(co_await peer.next() == "end");
        hang_up(peer);
    }
    co_await watched.server.end();
}

ASYNC_TEST_CASE(another_field_than_authorization_is_no_key) {
    Watched watched(co_await this_coro::executor);
    Peer program =
        co_await watched.server.open("", "Authorization: Bearer secret\r\nX-API-Key: other\r\n");
    BOOST_TEST_REQUIRE(status_of(program.response) == "101", "the key is right");
    BOOST_TEST(co_await program.next() == ready);
    for (const std::string key : {"other", "secret"}) {
        Peer page = co_await watched.server.open("", "X-API-Key: " + key + "\r\n");
        BOOST_TEST_REQUIRE(status_of(page.response) == "101", "the key may still come");
        co_await page.send(text_frame(R"({"key": "wrong"})"));
        const std::string event = co_await page.next();
        BOOST_TEST(event.starts_with("close 4401"), key << " got " << event);
        hang_up(page);
    }
    hang_up(program);
    co_await watched.server.end();
}

ASYNC_TEST_CASE(a_key_that_does_not_come_is_waited_for_five_seconds) {
    Watched watched(co_await this_coro::executor);
    Peer silent = co_await watched.server.open("", "");
    Peer just_in_time = co_await watched.server.open("", "");
    co_await advance(2s);
    BOOST_TEST(silent.socket.available() == 0, "it has three seconds left");
    co_await just_in_time.send(text_frame(R"({"key": "secret"})"));
    BOOST_TEST(co_await just_in_time.next() == ready);
    co_await advance(3s);
    const std::string event = co_await silent.next();
    BOOST_TEST(event.starts_with("close 4401"), event);
    co_await silent.send(close_frame(4401));
    BOOST_TEST(co_await silent.next() == "end");
    record(*watched.log, 1);
    watched.server.watchers.wake();
    co_await expect_events(just_in_time, 1, 1, "the time was for the key, not for the watcher");
    hang_up(silent, just_in_time);
    co_await watched.server.end();
}

ASYNC_TEST_CASE(pages_of_others_may_not_watch) {
    Watched watched(co_await this_coro::executor);
    for (const std::string& more : {std::string(), with_key}) {
        Peer peer = co_await watched.server.open("", "Origin: http://evil.example\r\n" + more);
        BOOST_TEST(status_of(peer.response) == "403");
        hang_up(peer);
    }
    co_await watched.server.end();
}

ASYNC_TEST_CASE(a_query_that_means_nothing_is_refused) {
    Watched watched(co_await this_coro::executor);
    for (const std::string query :
         {"?since=x", "?since=", "?since=-1", "?since=1.5", "?since=9223372036854775808", "?pool=A",
          "?pool=a/b", "?sinc=1", "?since=1&since=2"}) {
        Peer peer = co_await watched.server.open(query);
        BOOST_TEST(status_of(peer.response) == "422", query);
        hang_up(peer);
    }
    Peer peer = co_await watched.server.watch("?since=0&pool=not-made.yet", 0);
    hang_up(peer);
    co_await watched.server.end();
}

ASYNC_TEST_CASE(all_are_told_of_the_end) {
    Watched watched(co_await this_coro::executor);
    Peer live = co_await watched.server.watch("", 0);
    Peer nobody = co_await watched.server.open("", "");
    watched.server.stop();
    for (Peer* peer : {&live, &nobody}) {
        const std::string event = co_await peer->next();
        BOOST_TEST(event.starts_with("close 1001"), event);
        co_await peer->send(close_frame(1001));
        BOOST_TEST(co_await peer->next() == "end");
    }
    hang_up(live, nobody);
    co_await watched.server.end();
}

ASYNC_TEST_CASE(pings_are_answered_and_a_close_ends_it) {
    Watched watched(co_await this_coro::executor);
    Peer peer = co_await watched.server.watch("", 0);
    co_await peer.send(raw({.first = 0x89, .payload = "?"}));
    BOOST_TEST(co_await peer.next() == "pong ?");
    co_await peer.send(close_frame(1000, "bye"));
    BOOST_TEST(co_await peer.next() == "close 1000 bye");
    BOOST_TEST(co_await peer.next() == "end");
    hang_up(peer);
    co_await watched.server.end();
}

BOOST_AUTO_TEST_CASE(a_notice_comes_for_each_change_and_after_each_outage) {
    run_async_case(hear_notices, 300s);
}

BOOST_AUTO_TEST_SUITE_END()
