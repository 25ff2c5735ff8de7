// common/cli/demo.hpp: a server runs as long as something is shown of it.
#include "common/cli/demo.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

/// Serves until it is cancelled.
asio::awaitable<void> serve_for_ever(bool& ended) {
    asio::steady_timer timer(co_await this_coro::executor, asio::steady_timer::time_point::max());
    co_await timer.async_wait(use_nothrow);
    ended = true;
}

asio::awaitable<void> show_something(bool& shown) {
    shown = true;
    co_return;
}

asio::awaitable<void> fail_to(std::string what) {
    throw std::runtime_error("cannot " + what);
    co_return;
}

asio::awaitable<void> failure_of(asio::awaitable<void> demo, std::string& failure) {
    try {
        co_await std::move(demo);
    } catch (const std::runtime_error& error) {
        failure = error.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_demo)

ASYNC_TEST_CASE(a_server_ends_when_all_has_been_shown) {
    bool ended = false;
    bool shown = false;
    const Waiting waiting("the end of a server of which all has been shown");
    co_await show_beside(serve_for_ever(ended), show_something(shown));
    BOOST_TEST(shown);
    BOOST_TEST(ended);
}

ASYNC_TEST_CASE(an_interrupt_ends_both) {
    bool server_ended = false;
    bool show_ended = false;
    TaskGroup demo(co_await this_coro::executor);
    demo.spawn(show_beside(serve_for_ever(server_ended), serve_for_ever(show_ended)));
    co_await settle();
    demo.cancel();
    const Waiting waiting("the end of a demo that was interrupted");
    co_await demo.join();  // throws if it has left them behind
    BOOST_TEST(server_ended);
    BOOST_TEST(show_ended);
}

ASYNC_TEST_CASE(what_fails_ends_the_other) {
    bool ended = false;
    std::string failure;
    const Waiting waiting("the end of a demo that has failed");
    co_await failure_of(show_beside(serve_for_ever(ended), fail_to("show")), failure);
    BOOST_TEST(failure == "cannot show");
    BOOST_TEST(ended);
    co_await failure_of(show_beside(fail_to("serve"), serve_for_ever(ended)), failure);
    BOOST_TEST(failure == "cannot serve");
}

BOOST_AUTO_TEST_SUITE_END()
