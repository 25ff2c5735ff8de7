// Coroutines as Boost.Test cases, each under a deadline:
//
//     ASYNC_TEST_CASE(echoes_what_it_receives) {
//         auto [near, far] = connected_pair(co_await this_coro::executor);
//         …
//     }

#pragma once

#include <boost/test/execution_monitor.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <source_location>
#include <string>
#include <vector>

#include "common/async/asio.hpp"

namespace cookbook::testing {

using CaseBody = std::function<asio::awaitable<void>()>;

/// How long a coroutine case may take: 60 s, and 180 s under a sanitizer, many times what nearly
/// all take on a quiet machine. It is real time, which a moved clock (support/clock.hpp) does not
/// touch.
std::chrono::milliseconds default_deadline();

/// Says what a coroutine waits for, as long as the object lives. A case that misses its deadline
/// names every wait that is open then: "still waiting after 60 s: for 5 bytes from the server".
/// One thread only: the one that runs the case.
class Waiting {
public:
    explicit Waiting(std::string what);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    std::string what_;
};

/// Lets real time pass: for what the kernel or other threads do meanwhile, and for limits that a
/// moved clock does not reach. Never to guess when something is done.
asio::awaitable<void> pass(std::chrono::milliseconds time);

/// Runs `body` on an io_context of its own, on the calling thread, and returns one sentence for
/// each thing that went wrong; none when all is well:
///  - an exception left the body (a failed BOOST_TEST_REQUIRE is rethrown: Boost.Test knows it):
///    the context is destroyed, with every coroutine in it, and none of them runs again;
///  - the body was not done by the deadline: the context is stopped and destroyed, with every
///    coroutine in it;
///  - the body ended, and two seconds later the context still had work: a child, a timer or an
///    operation outlived it.
/// A body that blocks its thread, so that not even the deadline can end it, ends the process with
/// one sentence on stderr and exit status 3, five seconds after the deadline.
[[nodiscard]] std::vector<std::string> run_body(
    const CaseBody& body, std::chrono::milliseconds deadline = default_deadline());

/// The same as a part of a Boost.Test case: each sentence becomes a failure at `where`.
void run_async_case(const CaseBody& body, std::chrono::milliseconds deadline = default_deadline(),
                    std::source_location where = std::source_location::current());

}  // namespace cookbook::testing

/// A Boost.Test case whose body is a coroutine of type asio::awaitable<void>. Decorators may follow
/// the name, as in BOOST_AUTO_TEST_CASE.
#define ASYNC_TEST_CASE(name, ...)                          \
    static ::boost::asio::awaitable<void> name##_body();    \
    BOOST_AUTO_TEST_CASE(name __VA_OPT__(, ) __VA_ARGS__) { \
        ::cookbook::testing::run_async_case(name##_body);   \
    }                                                       \
    static ::boost::asio::awaitable<void> name##_body()
