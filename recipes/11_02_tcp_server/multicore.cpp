// The coroutine server once per core. The loops share nothing, not even the listening socket:
// SO_REUSEPORT lets each have its own, and the kernel spreads the connections (socket(7)).
#include <algorithm>
#include <functional>
#include <future>
#include <list>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "common/net/tcp.hpp"
#include "event_loop.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {
namespace {

/// One of the loops, until `end` is requested. If it fails, it has the others end, too.
void run_loop(EventLoop& loop, Options options, std::stop_source end) try {
    loop.run(options, end.get_token());
} catch (...) {
    end.request_stop();
    throw;
}

}  // namespace

void serve_multicore(tcp::acceptor acceptor, Options options, std::stop_token stop) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t loops =
        std::min(options.workers.value_or(cores), options.limits.max_connections);
    options.limits.max_connections /= loops;

    // All of them before the first one runs: its connections may take all the descriptors.
    std::list<EventLoop> others;
    while (others.size() + 1 < loops) {
        others.emplace_back(listen_reuse_port(acceptor));
    }
    EventLoop own(std::move(acceptor));

    std::stop_source end;
    const std::stop_callback on_stop(stop, [&] { end.request_stop(); });
    std::vector<std::future<void>> running;  // whose destructors join
    try {
        for (EventLoop& other : others) {
            running.push_back(
                std::async(std::launch::async, run_loop, std::ref(other), options, end));
        }
    } catch (...) {  // there may be no more threads
        end.request_stop();
        throw;
    }
    run_loop(own, options, end);
    for (std::future<void>& loop : running) {
        loop.get();
    }
}

}  // namespace cookbook::tcp_server
