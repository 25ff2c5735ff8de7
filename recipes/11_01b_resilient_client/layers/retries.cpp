#include "retries.hpp"

#include "11_01b_resilient_client/places.hpp"

namespace cookbook::resilient_client {
namespace {

using std::chrono::steady_clock;

/// Waits, without a place among the requests at once.
asio::awaitable<void> wait_aside(Place* place, steady_clock::duration pause) {
    if (place) {
        place->release();
    }
    asio::steady_timer timer(co_await this_coro::executor, pause);
    co_await timer.async_wait(use_awaitable);
    if (place) {
        co_await place->take_again();
    }
}

}  // namespace

asio::awaitable<Result> Retries::send(Call& call) {
    for (;;) {
        ++call.attempts;
        Result result = co_await next_(call);
        if (result) {
            budget_.on_response(result->status);
        }
        const auto wait =
            next_wait(policy_, call, result, random_(), std::chrono::system_clock::now());
        const bool is_too_late = wait && call.end && *wait >= *call.end - steady_clock::now();
        if (!wait || is_too_late || !budget_.take()) {
            co_return result;
        }
        ++retries_;
        co_await wait_aside(call.place, *wait);
    }
}

}  // namespace cookbook::resilient_client
