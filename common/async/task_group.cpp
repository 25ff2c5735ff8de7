#include "common/async/task_group.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <iterator>
#include <utility>

namespace cookbook {
namespace {

constexpr auto never = asio::steady_timer::time_point::max();

bool is_cancelled(const asio::cancellation_state& state) {
    return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_(std::move(executor)), changed_(executor_, never) {}

void TaskGroup::spawn(asio::awaitable<void> child) {
    const auto position = children_.emplace(children_.end());
    asio::co_spawn(executor_, std::move(child),
                   asio::bind_cancellation_slot(
                       position->slot(), [this, position](const std::exception_ptr& failure) {
                           finish(position, failure);
                       }));
}

void TaskGroup::cancel(asio::cancellation_type type) {
    for (auto child = children_.begin(); child != children_.end();) {
        // Emitting may end the child, and so remove it from the list.
        const auto current = child++;
        current->emit(type);
    }
}

void TaskGroup::finish(std::list<Child>::iterator child, const std::exception_ptr& failure) {
    children_.erase(child);
    if (failure && !failure_) {
        failure_ = failure;
        cancel();
    }
    changed_.cancel();
}

asio::awaitable<void> TaskGroup::wait_for_fewer_than(std::size_t count) {
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    // A cancellation is delivered once: a wait that begins after it would never end, so each round
    // looks at the state first.
    while (children_.size() >= count && !is_cancelled(co_await this_coro::cancellation_state)) {
        co_await changed_.async_wait(use_nothrow);
    }
    co_await this_coro::throw_if_cancelled(throws);
}

asio::awaitable<void> TaskGroup::wait_for_end(asio::steady_timer::duration limit) {
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    if (!is_cancelled(co_await this_coro::cancellation_state)) {
        changed_.expires_after(limit);
        co_await changed_.async_wait(use_nothrow);
        changed_.expires_at(never);
    }
    co_await this_coro::throw_if_cancelled(throws);
}

asio::awaitable<void> TaskGroup::join() {
    return join_when_fewer_than(1);
}

asio::awaitable<void> TaskGroup::join_first() {
    return join_when_fewer_than(std::max<std::size_t>(children_.size(), 1));
}

// Until then, or until the caller is cancelled; then those that are left have to end.
asio::awaitable<void> TaskGroup::join_when_fewer_than(std::size_t count) {
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    co_await wait_for_fewer_than(count);
    cancel();
    co_await wait_until_empty();
    co_await this_coro::throw_if_cancelled(throws);
    rethrow_failure();
}

asio::awaitable<void> TaskGroup::drain(asio::steady_timer::duration grace) {
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    cancel(asio::cancellation_type::total);
    changed_.expires_after(grace);
    co_await wait_until_empty();
    co_await this_coro::throw_if_cancelled(throws);
    rethrow_failure();
}

// Whatever happens to the caller: its frame, which the children refer to, must outlive them.
asio::awaitable<void> TaskGroup::wait_until_empty() {
    while (!children_.empty()) {
        const auto [woken] = co_await changed_.async_wait(use_nothrow);
        if (!woken) {  // the grace of drain() is over
            changed_.expires_at(never);
            cancel();
        }
    }
    changed_.expires_at(never);
}

void TaskGroup::rethrow_failure() {
    if (failure_) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
}

}  // namespace cookbook
