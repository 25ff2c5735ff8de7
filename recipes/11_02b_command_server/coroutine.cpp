// One thread and one event loop for all clients, and for those who ask for metrics.
#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

#include "command_server.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "metrics_server.hpp"
#include "session.hpp"

namespace cookbook::command_server {
namespace {

asio::awaitable<void> serve_here(tcp::acceptor elsewhere, std::optional<tcp::acceptor> metrics,
                                 Options options) {
    const auto executor = co_await this_coro::executor;
    if (metrics) {
        metrics = move_to(executor, std::move(*metrics));
    }
    co_await serve(move_to(executor, std::move(elsewhere)), std::move(metrics), options);
}

asio::awaitable<void> serve_metrics_of(tcp::acceptor acceptor, Limits limits, const Room& room) {
    try {
        co_await serve_metrics(std::move(acceptor), limits, [&room] { return room.metrics(); });
    } catch (const std::exception& failure) {
        spdlog::error("metrics: {}", describe(failure));
    }
}

}  // namespace

asio::awaitable<void> serve(tcp::acceptor acceptor, std::optional<tcp::acceptor> metrics,
                            Options options) {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    Room room;
    Flusher flusher(acceptor.get_executor());
    TaskGroup flushing(acceptor.get_executor());  // for longer than anybody has something to send
    TaskGroup serving(acceptor.get_executor());
    flushing.spawn(flusher.run());
    serving.spawn(cookbook::serve(std::move(acceptor), options.limits,
                                  [&room, &flusher, options](tcp::socket socket) {
                                      return handle(std::move(socket), room, flusher, options);
                                  }));
    if (metrics) {
        serving.spawn(serve_metrics_of(std::move(*metrics), options.limits, room));
    }
    std::exception_ptr failure;
    try {
        co_await serving.join();
    } catch (...) {
        failure = std::current_exception();
    }
    flushing.cancel();
    co_await flushing.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

void serve_coroutine(tcp::acceptor acceptor, std::optional<tcp::acceptor> metrics, Options options,
                     std::stop_token stop) {
    run(serve_here(std::move(acceptor), std::move(metrics), options), stop);
}

}  // namespace cookbook::command_server
