// common/async/task_group.hpp: children that end, fail, are cancelled, and are never left behind.
#include "common/async/task_group.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/says.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

constexpr auto never = asio::steady_timer::time_point::max();

using Journal = std::vector<std::string>;

/// Waits until it is cancelled, and writes what happened into the journal.
asio::awaitable<void> wait_for_ever(Journal& journal) {
    asio::steady_timer timer(co_await this_coro::executor, never);
    co_await timer.async_wait(use_nothrow);
    journal.emplace_back("cut off");
}

/// Has something in hand: told to finish, it still needs `rest`.
asio::awaitable<void> finish_in(asio::steady_timer::duration rest, Journal& journal) {
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    asio::steady_timer timer(co_await this_coro::executor, never);
    co_await timer.async_wait(use_nothrow);
    journal.emplace_back("told");
    co_await this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    timer.expires_after(rest);
    const auto [cut_off] = co_await timer.async_wait(use_nothrow);
    journal.emplace_back(cut_off ? "cut off" : "finished");
}

asio::awaitable<void> fail_with(std::string reason) {
    throw std::runtime_error(reason);
    co_return;
}

asio::awaitable<void> fail_when_cancelled(Journal& journal) {
    co_await wait_for_ever(journal);
    throw std::runtime_error("a failure while being cancelled");
}

asio::awaitable<void> join_and_tell(TaskGroup& group, Journal& journal) {
    co_await group.join();
    journal.emplace_back("joined");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_task_group)

ASYNC_TEST_CASE(an_empty_group_joins_at_once) {
    TaskGroup group(co_await this_coro::executor);
    co_await group.join();
    co_await group.drain(1h);
    BOOST_TEST(group.size() == 0U);
}

ASYNC_TEST_CASE(joins_every_child) {
    Journal journal;
    TaskGroup group(co_await this_coro::executor);
    for (int child = 0; child < 100; ++child) {
        group.spawn(wait_for_ever(journal));
    }
    co_await settle();
    BOOST_TEST(group.size() == 100U);
    group.cancel();
    co_await group.join();
    BOOST_TEST(group.size() == 0U);
    BOOST_TEST(journal.size() == 100U, "a child was joined before it had ended");
}

ASYNC_TEST_CASE(the_first_failure_cancels_the_siblings_and_is_rethrown) {
    Journal journal;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(wait_for_ever(journal));
    group.spawn(fail_when_cancelled(journal));
    group.spawn(fail_with("the first failure"));
    BOOST_CHECK_EXCEPTION(co_await group.join(), std::runtime_error, says("the first failure"));
    BOOST_TEST(journal.size() == 2U, "a sibling of a failed child was not cancelled");
    BOOST_TEST(group.size() == 0U);
}

ASYNC_TEST_CASE(a_failure_is_told_once) {
    TaskGroup group(co_await this_coro::executor);
    group.spawn(fail_with("a failure"));
    BOOST_CHECK_THROW(co_await group.join(), std::runtime_error);
    co_await group.join();
}

ASYNC_TEST_CASE(a_cancelled_join_cancels_the_children_and_still_waits_for_them) {
    Journal journal;
    TaskGroup inner(co_await this_coro::executor);
    TaskGroup outer(co_await this_coro::executor);
    inner.spawn(wait_for_ever(journal));
    outer.spawn(join_and_tell(inner, journal));
    co_await settle();
    outer.cancel();
    co_await outer.join();
    BOOST_TEST((journal == Journal{"cut off", "joined"}));
}

ASYNC_TEST_CASE(join_first_ends_the_others_when_one_has_ended) {
    Journal journal;
    TaskGroup inner(co_await this_coro::executor);
    TaskGroup group(co_await this_coro::executor);
    group.spawn(wait_for_ever(journal));
    group.spawn(join_and_tell(inner, journal));
    co_await group.join_first();
    BOOST_TEST((journal == Journal{"joined", "cut off"}));
    co_await group.join_first();  // nobody is left to wait for
}

ASYNC_TEST_CASE(a_cancelled_join_first_cancels_the_children_and_still_waits_for_them) {
    Journal journal;
    TaskGroup inner(co_await this_coro::executor);
    TaskGroup outer(co_await this_coro::executor);
    inner.spawn(wait_for_ever(journal));
    inner.spawn(wait_for_ever(journal));
    outer.spawn(inner.join_first());
    co_await settle();
    BOOST_TEST(journal.empty());
    outer.cancel();
    co_await outer.join();
    BOOST_TEST((journal == Journal{"cut off", "cut off"}));
}

ASYNC_TEST_CASE(drain_tells_the_children_and_waits_for_them_to_finish) {
    Journal journal;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(finish_in(30s, journal));
    co_await settle();
    TaskGroup drainer(co_await this_coro::executor);
    drainer.spawn(group.drain(60s));
    co_await settle();
    BOOST_TEST((journal == Journal{"told"}), "drain() did not tell the child, or cut it off");
    co_await advance(31s);
    BOOST_TEST((journal == Journal{"told", "finished"}));
    co_await drainer.join();
}

ASYNC_TEST_CASE(drain_cuts_off_what_is_left_when_the_grace_is_over) {
    Journal journal;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(finish_in(24h, journal));
    co_await settle();
    TaskGroup drainer(co_await this_coro::executor);
    drainer.spawn(group.drain(60min));
    co_await advance(59min);
    BOOST_TEST((journal == Journal{"told"}));
    co_await advance(2min);
    BOOST_TEST((journal == Journal{"told", "cut off"}));
    co_await drainer.join();
}

ASYNC_TEST_CASE(drain_leaves_a_child_alone_that_does_not_listen_until_the_grace_is_over) {
    Journal journal;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(wait_for_ever(journal));
    TaskGroup drainer(co_await this_coro::executor);
    drainer.spawn(group.drain(60min));
    co_await advance(59min);
    BOOST_TEST(journal.empty());
    co_await advance(2min);
    BOOST_TEST((journal == Journal{"cut off"}));
    co_await drainer.join();
}

ASYNC_TEST_CASE(waits_for_fewer_than_a_number_of_children) {
    Journal journal;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(wait_for_ever(journal));
    group.spawn(wait_for_ever(journal));
    co_await settle();
    co_await group.wait_for_fewer_than(3);
    group.cancel();
    co_await group.wait_for_fewer_than(1);
    BOOST_TEST(journal.size() == 2U);
    co_await group.join();
}

ASYNC_TEST_CASE(waits_for_the_end_of_a_child_and_no_longer_than_a_limit) {
    Journal journal;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(wait_for_ever(journal));
    TaskGroup waiting(co_await this_coro::executor);
    waiting.spawn(group.wait_for_end(10s));
    co_await settle();
    co_await advance(9s);
    BOOST_TEST(waiting.size() == 1U);
    co_await advance(2s);
    BOOST_TEST(waiting.size() == 0U, "the limit has passed, and its child still runs");
    waiting.spawn(group.wait_for_end(1h));
    co_await settle();
    waiting.cancel();
    co_await settle();
    BOOST_TEST(waiting.size() == 0U, "the caller was cancelled");
    waiting.spawn(group.wait_for_end(1h));
    co_await settle();
    group.cancel();
    co_await settle();
    BOOST_TEST(waiting.size() == 0U, "its child has ended");
    co_await group.join();
    co_await waiting.join();
}

BOOST_AUTO_TEST_SUITE_END()
