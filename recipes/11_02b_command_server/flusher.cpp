#include "flusher.hpp"

#include <boost/asio/cancellation_state.hpp>

namespace cookbook::command_server {

Flusher::Flusher(const asio::any_io_executor& executor)
    : added_(executor, asio::steady_timer::time_point::max()) {}

void Flusher::add(Flushable& client) {
    if (!std::exchange(client.listed_, true)) {
        listed_.push_back(&client);
        if (listed_.size() == 1) {
            added_.cancel();  // run() goes on after the handlers that are ready now
        }
    }
}

void Flusher::remove(Flushable& client) noexcept {
    if (std::exchange(client.listed_, false)) {
        std::erase(listed_, &client);
    }
}

asio::awaitable<void> Flusher::run() {
    co_await this_coro::throw_if_cancelled(false);
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        if (listed_.empty()) {
            co_await added_.async_wait(use_nothrow);
        }
        std::swap(listed_, flushed_);
        for (Flushable* client : flushed_) {
            client->listed_ = false;
            client->flush();
        }
        flushed_.clear();
    }
}

}  // namespace cookbook::command_server
