// common/async/deadline.hpp: a socket is closed when its time has passed, and not before.
#include "common/async/deadline.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "common/async/task_group.hpp"
#include "support/allocations.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

asio::awaitable<void> read_some(tcp::socket& socket, std::optional<error_code>& outcome) {
    char byte = 0;
    const auto [read_error, n] =
        co_await socket.async_read_some(asio::buffer(&byte, 1), use_nothrow);
    outcome = read_error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_deadline)

ASYNC_TEST_CASE(ends_a_wait_when_the_time_has_passed) {
    auto [socket, peer] = connected_pair(co_await this_coro::executor);
    std::optional<error_code> outcome;
    TaskGroup group(socket.get_executor());
    Deadline deadline(socket);
    deadline.expires_after(30min);
    group.spawn(read_some(socket, outcome));
    co_await advance(29min);
    BOOST_TEST(!outcome.has_value(), "the deadline struck early");
    BOOST_TEST(!deadline.expired());
    co_await advance(2min);
    BOOST_TEST((outcome == asio::error::operation_aborted));
    BOOST_TEST(deadline.expired());
    co_await group.join();
}

ASYNC_TEST_CASE(a_wait_that_begins_after_the_deadline_fails_at_once) {
    auto [socket, peer] = connected_pair(co_await this_coro::executor);
    Deadline deadline(socket);
    deadline.expires_after(1s);
    co_await advance(2s);
    std::optional<error_code> outcome;
    co_await read_some(socket, outcome);
    BOOST_TEST((outcome == asio::error::bad_descriptor));
}

ASYNC_TEST_CASE(moves_with_each_message) {
    auto [socket, peer] = connected_pair(co_await this_coro::executor);
    Deadline deadline(socket);
    for (int message = 0; message < 10; ++message) {
        deadline.expires_after(30min);
        co_await advance(29min);
        BOOST_TEST(!deadline.expired(), "a deadline that was moved struck all the same");
    }
    deadline.expires_after(1s);  // earlier than before
    co_await advance(2s);
    BOOST_TEST(deadline.expired());
}

ASYNC_TEST_CASE(each_socket_has_its_own) {
    auto [first, first_peer] = connected_pair(co_await this_coro::executor);
    auto [second, second_peer] = connected_pair(co_await this_coro::executor);
    auto [third, third_peer] = connected_pair(co_await this_coro::executor);
    Deadline late(first);
    auto gone = std::make_unique<Deadline>(second);
    Deadline early(third);
    late.expires_after(60s);
    gone->expires_after(10s);
    early.expires_after(30s);
    gone.reset();
    co_await advance(31s);
    BOOST_TEST(!late.expired());
    BOOST_TEST(early.expired());
    BOOST_TEST(second.is_open(), "a deadline that no longer exists closed its socket");
    co_await advance(30s);
    BOOST_TEST(late.expired());
}

ASYNC_TEST_CASE(never_strikes_once_it_has_been_cleared) {
    auto [socket, peer] = connected_pair(co_await this_coro::executor);
    Deadline deadline(socket);
    deadline.expires_after(30s);
    deadline.clear();
    co_await advance(31s);
    BOOST_TEST(!deadline.expired());
    BOOST_TEST(socket.is_open(), "a limit that was taken away struck all the same");
    deadline.expires_after(30s);
    co_await advance(31s);
    BOOST_TEST(deadline.expired(), "a limit set anew did not strike");
}

ASYNC_TEST_CASE(for_ever_does_not_overflow) {
    auto [socket, peer] = connected_pair(co_await this_coro::executor);
    Deadline deadline(socket);
    deadline.expires_after(Deadline::clock::duration::max());
    co_await advance(24h);
    BOOST_TEST(!deadline.expired());
}

ASYNC_TEST_CASE(moving_it_costs_no_system_call_and_no_allocation) {
    auto [socket, peer] = connected_pair(co_await this_coro::executor);
    Deadline deadline(socket);
    deadline.expires_after(30s);
    const CountCalls calls;
    const CountAllocations allocations;
    for (int message = 0; message < 1000; ++message) {
        deadline.expires_after(30s);
    }
    BOOST_TEST(calls.total() == 0U);
    BOOST_TEST(allocations.count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
