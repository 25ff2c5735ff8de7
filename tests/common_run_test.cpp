// common/cli/run.hpp: a program ends with its body, or on a signal.
#include "common/cli/run.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <thread>

using namespace cookbook;

namespace {

asio::awaitable<void> end_at_once() {
    co_return;
}

asio::awaitable<void> fail() {
    throw std::runtime_error("a failure");
    co_return;
}

/// Sends this process a signal and waits until it is cancelled for it.
asio::awaitable<void> wait_for_own_signal(int signal, bool& cancelled) {
    std::raise(signal);
    asio::steady_timer timer(co_await this_coro::executor, asio::steady_timer::time_point::max());
    const auto [error] = co_await timer.async_wait(use_nothrow);
    cancelled = error == asio::error::operation_aborted;
}

/// Has `stopper` request a stop, and waits until it is cancelled for it.
asio::awaitable<void> wait_for(std::jthread& stopper, std::stop_source stop, bool& cancelled) {
    asio::steady_timer timer(co_await this_coro::executor, asio::steady_timer::time_point::max());
    stopper = std::jthread([stop]() mutable { stop.request_stop(); });
    const auto [error] = co_await timer.async_wait(use_nothrow);
    cancelled = error == asio::error::operation_aborted;
}

/// Does not obey the first signal.
asio::awaitable<void> raise_twice() {
    co_await this_coro::throw_if_cancelled(false);
    bool cancelled = false;
    co_await wait_for_own_signal(SIGTERM, cancelled);
    std::raise(SIGTERM);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_run)

BOOST_AUTO_TEST_CASE(ends_with_its_body) {
    run(end_at_once());
    int calls = 0;
    run_blocking([&](const std::stop_token& stop) {
        BOOST_TEST(!stop.stop_requested());
        ++calls;
    });
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(rethrows_what_its_body_throws) {
    BOOST_CHECK_THROW(run(fail()), std::runtime_error);
    BOOST_CHECK_THROW(run_blocking([](const auto&) { throw std::runtime_error("a failure"); }),
                      std::runtime_error);
}

BOOST_AUTO_TEST_CASE(the_first_signal_cancels_the_body) {
    for (const int signal : {SIGINT, SIGTERM}) {
        bool cancelled = false;
        run(wait_for_own_signal(signal, cancelled));
        BOOST_TEST(cancelled, "the body was not cancelled by signal " << signal);
    }
}

BOOST_AUTO_TEST_CASE(a_stop_from_another_thread_cancels_the_body) {
    std::stop_source stop;
    bool cancelled = false;
    std::jthread stopper;
    run(wait_for(stopper, stop, cancelled), stop.get_token());
    BOOST_TEST(cancelled);
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_body_begins_cancels_it) {
    std::stop_source stop;
    stop.request_stop();
    bool cancelled = false;
    std::jthread nobody;
    run(wait_for(nobody, stop, cancelled), stop.get_token());
    BOOST_TEST(cancelled);
    BOOST_CHECK_THROW(run(fail(), stop.get_token()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(the_first_signal_stops_blocking_code) {
    run_blocking([](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock lock(mutex);
        std::raise(SIGTERM);
        changed.wait(lock, stop, [] { return false; });
        BOOST_TEST(stop.stop_requested());
    });
}

BOOST_AUTO_TEST_CASE(the_second_signal_kills_the_process) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGTERM, SIG_DFL);  // Boost.Test has a handler of its own
        run(raise_twice());
        ::_exit(0);
    }
    int status = 0;
    BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
}

BOOST_AUTO_TEST_SUITE_END()
