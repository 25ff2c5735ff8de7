// common/async/within.hpp: every way in which an operation and its limit can end.
#include "common/async/within.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <utility>

#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

asio::awaitable<int> forty_two() {
    co_return 42;
}

asio::awaitable<int> forty_two_after(asio::steady_timer::duration pause) {
    asio::steady_timer timer(co_await this_coro::executor, pause);
    co_await timer.async_wait(use_awaitable);
    co_return 42;
}

asio::awaitable<void> fail_at_once() {
    throw std::runtime_error("failed at once");
    co_return;
}

asio::awaitable<std::unique_ptr<int>> move_only() {
    co_return std::make_unique<int>(42);
}

/// Waits for ever, and tells when it has ended.
asio::awaitable<void> wait_for_ever(bool& ended) {
    asio::steady_timer timer(co_await this_coro::executor, asio::steady_timer::time_point::max());
    co_await timer.async_wait(use_nothrow);
    ended = true;
}

/// Awaits `operation` and stores the code of the system_error that it throws.
asio::awaitable<void> record(asio::awaitable<void> operation, error_code& error) {
    try {
        co_await std::move(operation);
    } catch (const boost::system::system_error& failure) {
        error = failure.code();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_within)

ASYNC_TEST_CASE(returns_what_the_operation_returns) {
    BOOST_TEST(co_await within(10s, forty_two()) == 42);
    BOOST_TEST(co_await within(10s, forty_two_after(0s)) == 42);
}

ASYNC_TEST_CASE(returns_what_can_only_be_moved) {
    BOOST_TEST(*co_await within(10s, move_only()) == 42);
}

ASYNC_TEST_CASE(rethrows_at_once_what_the_operation_throws) {
    BOOST_CHECK_THROW(co_await within(24h, fail_at_once()), std::runtime_error);
}

ASYNC_TEST_CASE(throws_timed_out_when_the_limit_comes_first) {
    bool ended = false;
    error_code error;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(record(within(30min, wait_for_ever(ended)), error));
    co_await advance(29min);
    BOOST_TEST(!ended, "a limit of 30 minutes struck after 29");
    co_await advance(2min);
    BOOST_TEST(error == asio::error::timed_out);
    BOOST_TEST(ended, "within() returned before the operation had ended");
    co_await group.join();
}

ASYNC_TEST_CASE(a_limit_of_nothing_ends_what_waits) {
    bool ended = false;
    error_code error;
    co_await record(within(0s, wait_for_ever(ended)), error);
    BOOST_TEST(error == asio::error::timed_out);
    BOOST_TEST(ended);
}

ASYNC_TEST_CASE(a_cancelled_caller_cancels_the_operation) {
    bool ended = false;
    error_code error;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(record(within(24h, wait_for_ever(ended)), error));
    co_await settle();
    group.cancel();
    co_await group.join();
    BOOST_TEST(ended, "the operation went on after its caller was cancelled");
    BOOST_TEST(error != asio::error::timed_out, "a cancellation was told as a time-out");
}

BOOST_AUTO_TEST_SUITE_END()
