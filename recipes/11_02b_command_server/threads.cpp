// Two threads per client, and a lock over the room.
#include <spdlog/spdlog.h>

#include <exception>
#include <functional>
#include <future>
#include <list>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include "11_02_tcp_server/listener.hpp"
#include "blocking_session.hpp"
#include "command_server.hpp"
#include "common/async/describe.hpp"
#include "common/cli/run.hpp"
#include "metrics_server.hpp"

namespace cookbook::command_server {
namespace {

bool has_ended(const std::future<void>& client) {
    return client.wait_for(0s) == std::future_status::ready;
}

void serve_client(tcp_server::Connection connection, SharedRoom& shared,
                  const Options& options) try {
    BlockingSession session(std::move(connection), shared, options);
    session.run();
} catch (const std::exception& failure) {
    spdlog::warn("connection failed: {}", describe(failure));
}

/// Until the listener stops.
void serve_clients(tcp_server::Listener& listener, SharedRoom& shared, const Options& options,
                   std::list<std::future<void>>& clients) {
    while (auto connection = listener.accept()) {
        clients.remove_if(has_ended);
        try {
            clients.push_back(std::async(std::launch::async, serve_client, std::move(*connection),
                                         std::ref(shared), std::cref(options)));
        } catch (const std::system_error& no_thread) {
            spdlog::error("refused: cannot start a thread: {}", no_thread.what());
        }
    }
}

asio::awaitable<void> serve_metrics_here(tcp::acceptor elsewhere, Limits limits,
                                         SharedRoom& shared) {
    tcp::acceptor acceptor = move_to(co_await this_coro::executor, std::move(elsewhere));
    co_await serve_metrics(std::move(acceptor), limits, [&shared] {
        const std::scoped_lock lock(shared.mutex);
        return shared.room.metrics();
    });
}

void serve_metrics_alone(const std::stop_token& stop, tcp::acceptor acceptor, Limits limits,
                         SharedRoom& shared) try {
    run(serve_metrics_here(std::move(acceptor), limits, shared), stop);
} catch (const std::exception& failure) {
    spdlog::error("metrics: {}", describe(failure));
}

}  // namespace

void serve_threads(tcp::acceptor acceptor, std::optional<tcp::acceptor> metrics, Options options,
                   std::stop_token stop) {
    SharedRoom shared;
    std::jthread scraped;  // whose destructor joins
    if (metrics) {
        scraped = std::jthread(serve_metrics_alone, std::move(*metrics), options.limits,
                               std::ref(shared));
    }
    tcp_server::Listener listener(std::move(acceptor), options.limits, stop);
    std::list<std::future<void>> clients;  // whose destructors join
    std::exception_ptr failure;
    try {
        serve_clients(listener, shared, options, clients);
    } catch (...) {
        failure = std::current_exception();
    }
    scraped.request_stop();
    {
        const std::scoped_lock lock(shared.mutex);
        shared.room.close();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook::command_server
