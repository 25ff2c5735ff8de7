#include "server.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/cancellation_state.hpp>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/async/task_group.hpp"
#include "dispatcher.hpp"
#include "fd_message.hpp"
#include "socket_connection.hpp"

namespace cookbook::fd_passing {
namespace {

Client make_client(tcp::socket socket) {
    error_code gone;  // the peer may have left already: then it is the unspecified endpoint
    std::string name = to_string(socket.remote_endpoint(gone));
    return {Descriptor(socket.release()), std::move(name)};
}

/// Accepts what waits in the backlog, at most `max`. The error says why it was not more.
std::vector<Client> accept_waiting(tcp::acceptor& acceptor, std::size_t max, error_code& error) {
    std::vector<Client> clients;
    while (clients.size() < max) {
        tcp::socket socket = acceptor.accept(error);
        if (error) {
            break;
        }
        clients.push_back(make_client(std::move(socket)));
    }
    return clients;
}

/// Until the caller is cancelled. Whoever finds no room stays in the backlog: so it waits until it
/// can accept, not until it has accepted, since the last room may go while it waits.
asio::awaitable<void> accept_clients(tcp::acceptor& acceptor, Dispatcher& dispatcher) {
    co_await this_coro::throw_if_cancelled(false);
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    acceptor.non_blocking(true);
    // Otherwise accept() waits for the next connection after one that was aborted.
    acceptor.set_option(asio::socket_base::enable_connection_aborted(true));
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        const std::size_t max = std::min(dispatcher.room(), max_descriptors);
        if (max == 0) {
            co_await dispatcher.wait_for_room();
            continue;
        }
        error_code error;
        dispatcher.hand_over(accept_waiting(acceptor, max, error));
        if (error == asio::error::would_block) {
            co_await acceptor.async_wait(tcp::acceptor::wait_read, use_nothrow);
        } else if (error) {
            co_await recover_from_accept_error(error);
        }
    }
}

/// Receives a worker's greeting, and serves it.
asio::awaitable<void> serve_greeted(SocketConnection connection, Dispatcher& dispatcher) {
    const auto object = co_await connection->recv();
    if (object) {
        const Greeting greeting = parse_greeting(*object);
        co_await dispatcher.serve_worker(connection.release(), greeting);
    }
}

asio::awaitable<void> admit_worker(StreamSocket socket, Dispatcher& dispatcher, Trust trust) {
    SocketConnection connection(std::move(socket), trust.messaging);
    co_await connection->authenticate(trust.key, messaging::Role::listener);
    co_await serve_greeted(std::move(connection), dispatcher);
}

asio::awaitable<void> admit_children(StreamSocket nursery, Dispatcher& dispatcher) {
    co_await this_coro::throw_if_cancelled(false);
    TaskGroup children(nursery.get_executor());
    auto message = co_await receive_fds(nursery, 1);
    for (; message; message = co_await receive_fds(nursery, 1)) {
        for (Descriptor& child : message->descriptors) {
            StreamSocket socket(nursery.get_executor(), {AF_UNIX, 0}, child.release());
            children.spawn(
                log_failure(serve_greeted(SocketConnection(std::move(socket), {}), dispatcher)));
        }
    }
    co_await children.drain(0ms);
    if (message.error() != asio::error::operation_aborted) {
        throw std::runtime_error("the process that forks workers has ended");
    }
}

/// Runs `end` if the successor has taken over. One at a time, or two might.
asio::awaitable<void> end_when_taken_over(StreamSocket successor, std::array<int, 2> sockets,
                                          Trust trust, std::function<void()> end) {
    const bool taken_over = co_await hand_over(std::move(successor), sockets, std::move(trust));
    if (taken_over) {
        spdlog::info("another server has taken over");
        end();
    }
}

/// Runs `admission`, and has the server end if that fails.
asio::awaitable<void> cancel_if_it_fails(asio::awaitable<void> admission, TaskGroup& serving) {
    try {
        co_await std::move(admission);
    } catch (...) {
        serving.cancel();
        throw;
    }
}

/// Serves until the caller is cancelled, or the group `serving` is. The order of the end: first
/// nothing is accepted any more, then all that has been accepted is taken, then the workers are
/// hung up on.
asio::awaitable<void> run_server(tcp::acceptor& acceptor, Dispatcher& dispatcher,
                                 TaskGroup& serving, asio::awaitable<void> admission,
                                 Limits limits) {
    co_await this_coro::throw_if_cancelled(false);
    TaskGroup admitting(acceptor.get_executor());
    admitting.spawn(cancel_if_it_fails(std::move(admission), serving));
    admitting.spawn(log_failure(dispatcher.retry_after_rest()));
    serving.spawn(accept_clients(acceptor, dispatcher));
    std::exception_ptr failure;
    try {
        co_await serving.join();
    } catch (...) {
        failure = std::current_exception();
    }
    acceptor.close();
    co_await dispatcher.wait_until_taken(limits.drain_timeout);
    admitting.cancel();
    co_await admitting.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace

asio::awaitable<void> serve(Listening listening, std::optional<Control> control, Trust trust,
                            Limits limits) {
    const auto executor = co_await this_coro::executor;
    SocketFile file(local_address(listening.workers));
    Dispatcher dispatcher(executor);
    TaskGroup serving(executor);
    const Limits at_once = {.max_connections = limits.max_connections, .drain_timeout = 0ms};
    const std::array<int, 2> sockets = {listening.clients.native_handle(),
                                        listening.workers.native_handle()};
    if (control) {
        const auto give_up_files = [&] {
            file.release();
            control->file.release();
            serving.cancel();
        };
        serving.spawn(cookbook::serve(
            std::move(control->acceptor), {.max_connections = 1, .drain_timeout = 0ms},
            [=](StreamSocket successor) {
                return end_when_taken_over(std::move(successor), sockets, trust, give_up_files);
            }));
    }
    asio::awaitable<void> admission = cookbook::serve(
        std::move(listening.workers), at_once,
        [&](StreamSocket socket) { return admit_worker(std::move(socket), dispatcher, trust); });
    co_await run_server(listening.clients, dispatcher, serving, std::move(admission), limits);
}

asio::awaitable<void> serve_with_children(tcp::acceptor clients, Descriptor nursery,
                                          Limits limits) {
    const auto executor = co_await this_coro::executor;
    StreamSocket socket(executor, {AF_UNIX, 0}, nursery.release());
    socket.non_blocking(true);
    Dispatcher dispatcher(executor);
    TaskGroup serving(executor);
    co_await run_server(clients, dispatcher, serving, admit_children(std::move(socket), dispatcher),
                        limits);
}

}  // namespace cookbook::fd_passing
