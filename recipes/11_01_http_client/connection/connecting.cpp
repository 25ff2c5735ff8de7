#include "connecting.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <optional>
#include <utility>

#include "common/async/task_group.hpp"

namespace cookbook::http_client {
namespace {

/// Attempts to connect, side by side.
struct Race {
    explicit Race(const asio::any_io_executor& executor) : attempts(executor), ended(executor) {}

    TaskGroup attempts;
    asio::steady_timer ended;  // cancelled whenever an attempt ends
    std::size_t finished = 0;  // attempts that have
    error_code failure = {};   // of the first that failed
    std::optional<tcp::socket> winner = {};
};

asio::awaitable<void> attempt(Race& race, tcp::endpoint endpoint) {
    tcp::socket socket(race.ended.get_executor());
    const auto [error] = co_await socket.async_connect(endpoint, use_nothrow);
    if (!error && !race.winner) {
        race.winner = std::move(socket);
    }
    if (error && !race.failure) {
        race.failure = error;
    }
    ++race.finished;
    race.ended.cancel();
}

/// Waits until one more than `finished` attempts have ended, or until the timer has expired.
asio::awaitable<void> wait_for_end(Race& race, std::size_t finished) {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    if (race.finished == finished && cancellation.cancelled() == asio::cancellation_type::none) {
        co_await race.ended.async_wait(use_nothrow);
    }
}

}  // namespace

asio::awaitable<tcp::socket> connect_to_fastest(std::vector<tcp::endpoint> endpoints,
                                                asio::steady_timer::duration head_start) {
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);  // the attempts must be joined first
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    const auto goes_on = [&](const Race& race) {
        return !race.winner && cancellation.cancelled() == asio::cancellation_type::none;
    };
    Race race(co_await this_coro::executor);
    for (auto next = endpoints.begin(); next != endpoints.end() && goes_on(race); ++next) {
        const std::size_t finished = race.finished;
        race.ended.expires_after(head_start);
        race.attempts.spawn(attempt(race, *next));
        co_await wait_for_end(race, finished);
    }
    race.ended.expires_at(asio::steady_timer::time_point::max());
    while (goes_on(race) && race.finished < endpoints.size()) {
        co_await wait_for_end(race, race.finished);
    }
    race.attempts.cancel();
    co_await race.attempts.join();
    co_await this_coro::throw_if_cancelled(throws);
    if (!race.winner) {
        throw boost::system::system_error(race.failure ? race.failure
                                                       : asio::error::operation_aborted);
    }
    co_return std::move(*race.winner);
}

}  // namespace cookbook::http_client
