// Structured concurrency: children that are cancelled and joined before their parent ends.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <cstddef>
#include <exception>
#include <list>

#include "common/async/asio.hpp"

namespace cookbook {

/// The coroutines that a coroutine has started and must see end. The first child that fails cancels
/// its siblings, and join() rethrows its exception, as Python's asyncio.TaskGroup does.
///
/// A group lives in its parent's frame, on one thread or one strand, and only the parent waits on
/// it. The parent must not end before join() or drain() has returned: children refer to the group.
/// So between spawn() and join() it awaits nothing that throws, and once it is cancelled every
/// co_await does, unless throw_if_cancelled is off. What it has to do meanwhile is best a child,
/// too.
///
///     TaskGroup group(co_await this_coro::executor);
///     group.spawn(copy(client, server));
///     group.spawn(copy(server, client));
///     co_await group.join();
class TaskGroup {
public:
    explicit TaskGroup(asio::any_io_executor executor);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `child`. What it refers to must live until the group has been joined.
    void spawn(asio::awaitable<void> child);

    /// Asks every child to end. A coroutine obeys `terminal` at its next wait; it sees `total` only
    /// if it has enabled it (asio::enable_total_cancellation), to finish what it has in hand.
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal);

    /// The children that have not ended.
    [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }

    /// Waits until fewer than `count` children are left, or until the caller is cancelled.
    asio::awaitable<void> wait_for_fewer_than(std::size_t count);

    /// Waits until a child ends, or until the caller is cancelled, but not longer than `limit`.
    asio::awaitable<void> wait_for_end(asio::steady_timer::duration limit);

    /// Waits for all children; cancels them if the caller is cancelled. Then rethrows the
    /// failure of the first child that failed.
    asio::awaitable<void> join();

    /// Waits for the first child that ends, has the others end as well, and ends as join() does.
    asio::awaitable<void> join_first();

    /// Ends the group in two stages: sends the children a `total` cancellation, gives them
    /// `grace` to finish, then cancels those that are left, and ends as join() does.
    asio::awaitable<void> drain(asio::steady_timer::duration grace);

private:
    using Child = asio::cancellation_signal;

    void finish(std::list<Child>::iterator child, const std::exception_ptr& failure);
    asio::awaitable<void> join_when_fewer_than(std::size_t count);
    asio::awaitable<void> wait_until_empty();
    void rethrow_failure();

    asio::any_io_executor executor_;
    std::list<Child> children_;
    std::exception_ptr failure_;
    asio::steady_timer
        changed_;  // cancelled whenever a child ends: a condition variable, so to say
};

}  // namespace cookbook
