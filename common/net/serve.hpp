// The accept loop of every server: its limits, its patience with a machine that runs out of
// descriptors, and its end. Recipe 11.2 builds it up from nothing.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <cstddef>
#include <utility>

#include "common/async/asio.hpp"
#include "common/async/task_group.hpp"

namespace cookbook {

/// What a server allows its peers.
struct Limits {
    /// Connections at once; further ones wait in the kernel's backlog.
    std::size_t max_connections = 1000;
    /// Silence: a peer from which nothing comes, or that takes nothing, is hung up on.
    asio::steady_timer::duration idle_timeout = 60s;
    /// How long connections may go on after the server has been told to stop.
    asio::steady_timer::duration drain_timeout = 5s;
};

/// Runs one connection, `handle(socket)`, to its end. Whatever it throws is logged, not rethrown:
/// one connection's failure is not the server's.
asio::awaitable<void> log_failure(asio::awaitable<void> connection);

/// What an error of accept means for the server (accept(2), ERRORS).
enum class AcceptError {
    transient,         // it went away before it was accepted: go on
    out_of_resources,  // short of descriptors or memory, and the connection stays in the backlog:
                       // accept would fail again at once, for ever. Pause, then go on
    fatal              // nothing will ever be accepted
};
AcceptError classify_accept_error(error_code error);

/// Returns where `error`, of accept, concerns only the one connection; returns after a pause where
/// the machine is short of something; throws system_error where the acceptor is broken.
asio::awaitable<void> recover_from_accept_error(error_code error);

namespace detail {

/// Calls `handle` within a coroutine, so that log_failure() sees what it throws before its first
/// wait.
template <typename Socket, typename Handler>
asio::awaitable<void> begin(Handler& handle, Socket socket) {
    co_await handle(std::move(socket));
}

}  // namespace detail

/// Accepts connections and runs `handle(socket)` for each, until the caller is cancelled. Then it
/// stops accepting, tells the connections by a `total` cancellation, lets them finish within
/// limits.drain_timeout, cuts off those that are left, and returns normally.
///
/// `handle` takes the socket by value and returns asio::awaitable<void>; it is called on the
/// acceptor's executor, one thread or strand. limits.max_connections at least 1; `handle` enforces
/// limits.idle_timeout, with a Deadline. Throws system_error where the acceptor is broken.
///
///     co_await serve(listen(executor, "::", 20000), Limits{}, echo);
template <typename Protocol, typename Handler>
asio::awaitable<void> serve(asio::basic_socket_acceptor<Protocol> acceptor, Limits limits,
                            Handler handle) {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    TaskGroup connections(acceptor.get_executor());
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        if (connections.size() >= limits.max_connections) {
            co_await connections.wait_for_fewer_than(limits.max_connections);
            continue;
        }
        auto [accept_error, socket] = co_await acceptor.async_accept(use_nothrow);
        if (accept_error) {
            co_await recover_from_accept_error(accept_error);
        } else {
            connections.spawn(log_failure(detail::begin(handle, std::move(socket))));
        }
    }
    acceptor.close();
    co_await connections.drain(limits.drain_timeout);
}

}  // namespace cookbook
