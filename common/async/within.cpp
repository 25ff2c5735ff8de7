#include "common/async/within.hpp"

namespace cookbook::detail {

asio::awaitable<void> race_against_timer(asio::steady_timer& timer,
                                         asio::awaitable<void> operation) {
    const auto executor = co_await this_coro::executor;
    // Not `operation || timer.async_wait()`: that waits for the first *success*, so an operation
    // that throws would leave its caller waiting for the timer, its exception lost.
    auto race = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(operation), asio::deferred),
        timer.async_wait(asio::deferred));
    const auto [order, failure, timer_cancelled] =
        co_await race.async_wait(asio::experimental::wait_for_one(), use_nothrow);

    const bool timer_came_first = order[0] == 1 && !timer_cancelled;
    if (timer_came_first) {
        throw boost::system::system_error(asio::error::timed_out);
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook::detail
