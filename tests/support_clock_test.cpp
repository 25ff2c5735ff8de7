// The clock that tests move: limits of hours pass in milliseconds, and nobody else's clock moves.

#include "support/clock.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "support/async_case.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;

std::chrono::seconds real_time() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::seconds(now.tv_sec);
}

asio::awaitable<void> append_after(std::chrono::minutes limit, char letter, std::string& letters) {
    asio::steady_timer timer(co_await this_coro::executor, limit);
    co_await timer.async_wait(use_awaitable);
    letters += letter;
}

void rethrow(std::exception_ptr failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(support_clock)

ASYNC_TEST_CASE(hours_pass_in_milliseconds) {
    const auto executor = co_await this_coro::executor;
    const auto begin = real_time();
    std::string letters;
    asio::co_spawn(executor, append_after(180min, 'b', letters), rethrow);
    asio::co_spawn(executor, append_after(60min, 'a', letters), rethrow);
    co_await settle();
    BOOST_TEST(letters == "");
    co_await advance(2h);
    BOOST_TEST(letters == "a");
    co_await advance(1h);
    BOOST_TEST(letters == "ab");
    BOOST_TEST((real_time() - begin < 30s));
}

ASYNC_TEST_CASE(timers_due_fire_in_order_and_what_they_set_off_is_done) {
    const auto executor = co_await this_coro::executor;
    std::string letters;
    const auto twice = [](std::string& out) -> asio::awaitable<void> {
        co_await append_after(1min, 'a', out);
        co_await append_after(0min, 'b', out);
        for (int turn = 0; turn != 20; ++turn) {
            co_await asio::post(co_await this_coro::executor, use_awaitable);
        }
        out += 'c';
    };
    asio::co_spawn(executor, twice(letters), rethrow);
    co_await settle();
    co_await advance(1min);
    BOOST_TEST(letters == "abc");
}

ASYNC_TEST_CASE(a_timer_that_is_not_due_does_not_fire) {
    asio::steady_timer timer(co_await this_coro::executor, 60min);
    bool fired = false;
    timer.async_wait([&](error_code error) { fired = !error; });
    co_await advance(59min);
    BOOST_TEST(!fired);
    timer.cancel();
    co_await settle();
}

ASYNC_TEST_CASE(timers_of_other_threads_fire_too) {
    asio::io_context other;
    asio::steady_timer timer(other, 60min);
    timer.async_wait([](error_code) {});
    std::thread thread([&] { other.run(); });
    co_await advance(60min);
    thread.join();
}

ASYNC_TEST_CASE(both_clocks_of_the_standard_library_move) {
    const auto steady = std::chrono::steady_clock::now();
    const auto system = std::chrono::system_clock::now();
    co_await advance(24h);
    BOOST_TEST((std::chrono::steady_clock::now() - steady >= 24h));
    BOOST_TEST((std::chrono::system_clock::now() - system >= 24h));
    BOOST_TEST((std::chrono::steady_clock::now() - steady < 25h));
}

BOOST_AUTO_TEST_CASE(the_clock_is_put_back) {
    const auto before = std::chrono::steady_clock::now();
    move_clock(100h);
    restore_clock();
    BOOST_TEST((std::chrono::steady_clock::now() - before < 1h));
}

BOOST_AUTO_TEST_CASE(the_deadline_of_a_case_does_not_move) {
    const auto body = []() -> asio::awaitable<void> { co_await advance(1000h); };
    BOOST_TEST(run_body(body).empty());
}

ASYNC_TEST_CASE(settling_lets_bytes_arrive) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    std::string received(3, '\0');
    std::size_t size = 0;
    asio::async_read(far, asio::buffer(received), [&](error_code, std::size_t n) { size = n; });
    co_await settle();
    BOOST_TEST(size == 0U);
    co_await send_all(near, "abc");
    co_await settle();
    BOOST_TEST(size == 3U);
}

BOOST_AUTO_TEST_CASE(a_loop_that_spins_never_settles) {
    const auto body = []() -> asio::awaitable<void> {
        const auto spin = [](asio::any_io_executor own) -> asio::awaitable<void> {
            for (;;) {
                co_await asio::post(own, use_awaitable);
            }
        };
        const auto executor = co_await this_coro::executor;
        asio::co_spawn(executor, spin(executor), rethrow);
        co_await settle();
    };
    const std::vector<std::string> failures = run_body(body, 2s);
    BOOST_TEST_REQUIRE(failures.size() == 1U);
    BOOST_TEST(failures.front() == "still waiting after 2 s: for the event loop to come to rest");
}

BOOST_AUTO_TEST_SUITE_END()
