#include "join.hpp"

#include <sys/socket.h>

#include <boost/asio/cancellation_state.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include "common/cli/output.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/unix.hpp"
#include "socket_connection.hpp"
#include "worker.hpp"

namespace cookbook::fd_passing {
namespace {

/// Whether another try may end better: not if the server refuses us, or we have to end.
bool may_pass(const std::error_code& error) {
    const std::error_category& refusals = messaging::error_category();
    return error.category() != refusals && error != std::errc::operation_canceled;
}

asio::awaitable<StreamSocket> join_server(const WorkerSettings& settings, SharedKey key,
                                          Worker& worker) {
    StreamSocket socket = co_await connect(settings.server);
    SocketConnection connection(std::move(socket), settings.messaging);
    try {
        co_await connection->authenticate(std::move(key), messaging::Role::client);
        co_await connection->send(make_greeting(worker.greet()));
    } catch (const boost::system::system_error& error) {
        throw std::system_error(error.code(), "authenticate with " + to_string(settings.server));
    }
    co_return connection.release();
}

constexpr auto retry_pause = 50ms;

/// Tries until the server answers or retry_timeout has passed.
asio::awaitable<StreamSocket> reach_server(const WorkerSettings& settings, SharedKey key,
                                           Worker& worker) {
    asio::steady_timer pause(co_await this_coro::executor);
    const auto give_up = asio::steady_timer::clock_type::now() + settings.retry_timeout;
    for (;;) {
        try {
            co_return co_await join_server(settings, key, worker);
        } catch (const std::system_error& failure) {
            if (!may_pass(failure.code()) || asio::steady_timer::clock_type::now() >= give_up) {
                throw;
            }
        }
        pause.expires_after(retry_pause);
        co_await pause.async_wait(use_awaitable);
    }
}

asio::awaitable<void> work_for_each(const WorkerSettings& settings, SharedKey key, Worker& worker) {
    asio::steady_timer pause(co_await this_coro::executor);
    for (;;) {
        StreamSocket socket = co_await reach_server(settings, key, worker);
        pause.expires_after(retry_pause);  // for a server that hangs up at once, again and again
        print_line(stdout, "working for " + to_string(settings.server));
        co_await worker.work(std::move(socket));
        co_await pause.async_wait(use_awaitable);
    }
}

}  // namespace

asio::awaitable<void> work(WorkerSettings settings, SharedKey key) {
    Worker worker(co_await this_coro::executor, settings.limits);
    std::exception_ptr failure;
    try {
        co_await work_for_each(settings, std::move(key), worker);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(false);
    const auto cancellation = co_await this_coro::cancellation_state;
    co_await worker.drain();
    if (cancellation.cancelled() == asio::cancellation_type::none) {
        std::rethrow_exception(failure);
    }
}

asio::awaitable<void> work_for_parent(Descriptor server, Limits limits) {
    const auto executor = co_await this_coro::executor;
    Worker worker(executor, limits);
    co_await this_coro::throw_if_cancelled(false);
    SocketConnection connection(StreamSocket(executor, {AF_UNIX, 0}, server.release()), {});
    try {
        co_await connection->send(make_greeting(worker.greet()));
    } catch (const boost::system::system_error&) {
        co_return;  // the server has ended already
    }
    co_await worker.work(connection.release());
    co_await worker.join();
}

}  // namespace cookbook::fd_passing
