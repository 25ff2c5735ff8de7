// The accept loop of every server: its limits, its recovery when descriptors run out, and its end.
// Recipe 11.2 builds it up from nothing.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <cstddef>
#include <exception>
#include <utility>

#include "common/async/asio.hpp"
#include "common/async/task_group.hpp"

namespace cookbook {

/// What a server allows its peers.
struct Limits {
    /// Connections at once; further ones wait in the kernel's backlog.
    std::size_t max_connections = 1000;
    /// A peer that neither sends nor takes anything for this long is disconnected.
    asio::steady_timer::duration idle_timeout = 60s;
    /// How long connections may go on after the order to stop.
    asio::steady_timer::duration drain_timeout = 5s;
};

/// Runs one connection, `handle(socket)`, to its end. Whatever it throws is logged, not rethrown:
/// one connection's failure is not the server's.
asio::awaitable<void> log_failure(asio::awaitable<void> connection);

/// How long to pause after `error` of accept (accept(2), ERRORS), and then go on. Zero if it is
/// transient: the one connection is gone. A moment, and a line in the log, if descriptors or memory
/// have run out: the connection stays in the backlog, so accept would fail again at once, for ever.
/// Throws system_error if it is fatal: the listening socket will never accept anything.
asio::steady_timer::duration pause_after_accept_error(error_code error);

/// The same as a coroutine: makes the pause.
asio::awaitable<void> recover_from_accept_error(error_code error);

namespace detail {

/// Calls `handle` within a coroutine, so that log_failure() sees what it throws before its first
/// wait.
template <typename Socket, typename Handler>
asio::awaitable<void> invoke(Handler& handle, Socket socket) {
    co_await handle(std::move(socket));
}

/// The gate that lets every connection in.
inline asio::awaitable<void> always_open() {
    co_return;
}

}  // namespace detail

/// Accepts connections and runs `handle(socket)` for each, until the caller is cancelled. Then it
/// stops accepting, sends the connections a `total` cancellation, lets them finish within
/// limits.drain_timeout, cuts off those that are left, and returns normally.
///
/// `handle` takes the socket by value and returns asio::awaitable<void>; it is called on the
/// acceptor's executor, one thread or strand. limits.max_connections is at least 1; `handle`
/// enforces limits.idle_timeout, with a Deadline. If the acceptor is broken, it ends in the same
/// way and throws system_error.
///
///     co_await serve(listen(executor, {"::", 20000}), Limits{}, echo);
///
/// A connection that wants to see the order to end, to say a last word, begins with
///
///     co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
///     co_await this_coro::throw_if_cancelled(false);
///
/// What it waits for then ends with operation_aborted, once; what it begins later does not.
///
/// `gate()`, an asio::awaitable<void>, is awaited before each accept: it returns when the next
/// connection may be accepted, and at once if it is cancelled.
template <typename Protocol, typename Handler, typename Gate = asio::awaitable<void> (*)()>
asio::awaitable<void> serve(asio::basic_socket_acceptor<Protocol> acceptor, Limits limits,
                            Handler handle, Gate gate = detail::always_open) {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    TaskGroup connections(acceptor.get_executor());
    std::exception_ptr failure;
    try {
        while (cancellation.cancelled() == asio::cancellation_type::none) {
            if (connections.size() >= limits.max_connections) {
                co_await connections.wait_for_fewer_than(limits.max_connections);
                continue;
            }
            co_await gate();
            if (cancellation.cancelled() != asio::cancellation_type::none) {
                break;
            }
            auto [accept_error, socket] = co_await acceptor.async_accept(use_nothrow);
            if (accept_error) {
                co_await recover_from_accept_error(accept_error);
            } else {
                connections.spawn(log_failure(detail::invoke(handle, std::move(socket))));
            }
        }
    } catch (...) {  // the connections refer to this frame: they end first
        failure = std::current_exception();
    }
    acceptor.close();
    co_await connections.drain(limits.drain_timeout);
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook
