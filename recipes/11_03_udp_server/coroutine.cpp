// One thread and one event loop: waits until datagrams are there, then takes and answers many of
// them with two system calls.
#include <exception>
#include <span>
#include <system_error>
#include <utility>

#include "answerer.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "drop_log.hpp"
#include "udp_server.hpp"

namespace cookbook::udp_server {
namespace {

constexpr std::size_t max_batch = 64;

struct Server {
    Server(udp::socket bound, const Options& with)
        : socket(std::move(bound)), options(with), slow_answers(socket.get_executor()) {
        socket.non_blocking(true);
    }

    udp::socket socket;
    Options options;
    ReceiveBatch requests{max_batch, max_reply};
    Answerer answerer{socket, max_batch};
    DropLog drops;
    TaskGroup slow_answers;
};

asio::awaitable<void> answer_later(Server& server, Route route, Id id) {
    asio::steady_timer work(server.socket.get_executor(), server.options.work);
    const auto [cut_off] = co_await work.async_wait(use_nothrow);
    if (!cut_off) {
        server.answerer.add(route, id);
        server.answerer.send();
    }
}

void answer(Server& server, std::span<const Datagram> requests) {
    for (const Datagram& request : requests) {
        if (!server.answerer.accepts(request)) {
            continue;
        }
        if (server.options.work == 0s) {
            server.answerer.add(request.route, request.data);
        } else {
            server.slow_answers.spawn(answer_later(server, request.route, id_in(request.data)));
        }
    }
    server.answerer.send();
}

/// Receives and answers until it is cancelled.
asio::awaitable<void> answer_requests(Server& server) {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        const std::size_t in_flight = server.slow_answers.size();
        if (in_flight >= server.options.max_in_flight) {
            co_await server.slow_answers.wait_for_fewer_than(server.options.max_in_flight);
            continue;
        }
        const auto [error] = co_await server.socket.async_wait(udp::socket::wait_read, use_nothrow);
        if (error && error != asio::error::operation_aborted) {
            throw std::system_error(error, "wait for datagrams");
        }
        if (!error) {
            answer(server, server.requests.receive(server.socket,
                                                   server.options.max_in_flight - in_flight));
            server.drops.update(server.requests.dropped());
        }
    }
}

asio::awaitable<void> serve_here(udp::socket elsewhere, Options options, Counts& counts) {
    const udp protocol = elsewhere.local_endpoint().protocol();
    udp::socket socket(co_await this_coro::executor, protocol, elsewhere.release());
    counts = co_await serve(std::move(socket), options);
}

}  // namespace

asio::awaitable<Counts> serve(udp::socket socket, Options options) {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    Server server(std::move(socket), options);
    std::exception_ptr failure;
    try {
        co_await answer_requests(server);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await server.slow_answers.drain(options.drain_timeout);
    if (failure) {
        std::rethrow_exception(failure);
    }
    Counts counts = server.answerer.counts();
    counts.dropped = server.drops.dropped();
    co_return counts;
}

Counts serve_coroutine(udp::socket socket, Options options, std::stop_token stop) {
    Counts counts;
    run(serve_here(std::move(socket), options, counts), stop);
    return counts;
}

}  // namespace cookbook::udp_server
