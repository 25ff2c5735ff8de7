// Coroutine cases under a deadline: each way in which one can fail is told, in a sentence, in time.

#include "support/async_case.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/async/task_group.hpp"
#include "common/lab.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;

asio::awaitable<void> wait_for_ever() {
    asio::steady_timer timer(co_await this_coro::executor, asio::steady_timer::time_point::max());
    co_await timer.async_wait(use_awaitable);
}

// One failure, in these words.
void check_only_failure(const std::vector<std::string>& failures, const std::string& sentence) {
    BOOST_TEST_REQUIRE(failures.size() == 1U);
    BOOST_TEST(failures.front() == sentence);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(support_async_case)

BOOST_AUTO_TEST_CASE(a_body_that_ends_is_all_right) {
    const auto body = []() -> asio::awaitable<void> { co_return; };
    BOOST_TEST(run_body(body).empty());
}

BOOST_AUTO_TEST_CASE(an_exception_fails_the_case_with_its_text) {
    const auto body = []() -> asio::awaitable<void> {
        co_await asio::post(co_await this_coro::executor, use_awaitable);
        throw std::runtime_error("the server said no");
    };
    check_only_failure(run_body(body), "an exception left the case: the server said no");
}

BOOST_AUTO_TEST_CASE(a_step_that_is_not_written_is_told_as_such) {
    const auto body = []() -> asio::awaitable<void> {
        lab::todo("step 1: Count.");
        co_return;
    };
    check_only_failure(run_body(body), "still to be written: step 1: Count.");
}

asio::awaitable<void> touch(std::weak_ptr<int> watched, bool& alive) {
    for (;;) {
        co_await asio::post(co_await this_coro::executor, use_awaitable);
        alive = alive && !watched.expired();
    }
}

BOOST_AUTO_TEST_CASE(what_a_body_that_threw_has_left_never_runs_again) {
    bool alive = true;
    const auto body = [&]() -> asio::awaitable<void> {
        const auto frame = std::make_shared<int>();
        TaskGroup group(co_await this_coro::executor);
        group.spawn(touch(frame, alive));
        co_await asio::post(co_await this_coro::executor, use_awaitable);
        throw std::runtime_error("the server said no");
    };
    check_only_failure(run_body(body), "an exception left the case: the server said no");
    BOOST_TEST(alive, "a child ran when the frame that it refers to had gone");
}

BOOST_AUTO_TEST_CASE(a_required_assertion_that_failed_is_not_told_twice) {
    const auto body = []() -> asio::awaitable<void> {
        throw boost::execution_aborted();
        co_return;
    };
    BOOST_CHECK_THROW((void)run_body(body), boost::execution_aborted);
}

BOOST_AUTO_TEST_CASE(a_case_that_waits_for_ever_is_ended_at_its_deadline) {
    const auto begin = std::chrono::steady_clock::now();
    check_only_failure(
        run_body(wait_for_ever, 100ms),
        "still waiting after 0.1 s: an operation that the case awaits never completed");
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
}

BOOST_AUTO_TEST_CASE(a_missed_deadline_names_what_was_waited_for) {
    const auto body = []() -> asio::awaitable<void> {
        auto [near, far] = connected_pair(co_await this_coro::executor);
        co_await receive(near, 5);
    };
    check_only_failure(run_body(body, 2s), "still waiting after 2 s: for 5 bytes");
}

BOOST_AUTO_TEST_CASE(a_case_that_never_rests_is_ended_at_its_deadline) {
    const auto body = []() -> asio::awaitable<void> {
        for (;;) {
            co_await asio::post(co_await this_coro::executor, use_awaitable);
        }
    };
    check_only_failure(
        run_body(body, 50ms),
        "still waiting after 0.05 s: an operation that the case awaits never completed");
}

BOOST_AUTO_TEST_CASE(a_missed_deadline_destroys_the_coroutines) {
    const auto witness = std::make_shared<int>();
    const auto body = [](std::shared_ptr<int> kept) -> asio::awaitable<void> {
        BOOST_TEST(kept.use_count() > 1);
        co_await wait_for_ever();
    };
    BOOST_TEST(run_body([&] { return body(witness); }, 10ms).size() == 1U);
    BOOST_TEST(witness.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_child_that_outlives_the_case_fails_it) {
    const auto body = []() -> asio::awaitable<void> {
        asio::co_spawn(co_await this_coro::executor, wait_for_ever(), [](std::exception_ptr) {});
    };
    check_only_failure(
        run_body(body),
        "the case ended and left work behind: a child, a timer or an operation outlives it");
}

BOOST_AUTO_TEST_CASE(a_child_that_is_about_to_end_is_waited_for) {
    const auto body = []() -> asio::awaitable<void> {
        const auto executor = co_await this_coro::executor;
        const auto child = [](asio::any_io_executor own) -> asio::awaitable<void> {
            for (int turn = 0; turn != 10; ++turn) {
                co_await asio::post(own, use_awaitable);
            }
        };
        asio::co_spawn(executor, child(executor), [](std::exception_ptr) {});
    };
    BOOST_TEST(run_body(body).empty());
}

ASYNC_TEST_CASE(the_macro_runs_a_coroutine) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    co_await send_all(near, "ping");
    co_await expect(far, "ping", "a connected pair carries bytes");
}

ASYNC_TEST_CASE(the_macro_takes_decorators, *boost::unit_test::description("with a comma")) {
    co_await asio::post(co_await this_coro::executor, use_awaitable);
}

BOOST_AUTO_TEST_SUITE_END()
