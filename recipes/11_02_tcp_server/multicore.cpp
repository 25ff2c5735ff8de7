// The coroutine server once per core. The loops share nothing, not even the listening socket:
// SO_REUSEPORT lets each have its own, and the kernel spreads the connections (socket(7)).
#include <algorithm>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "common/net/tcp.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {

void serve_multicore(tcp::acceptor acceptor, Options options, std::stop_token stop) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t loops =
        std::min(options.workers.value_or(cores), options.limits.max_connections);
    options.limits.max_connections /= loops;

    std::vector<tcp::acceptor> others;  // all before the first loop runs, since one may fail
    while (others.size() + 1 < loops) {
        others.push_back(listen_reuse_port(acceptor));
    }

    std::vector<std::future<void>> running;
    for (tcp::acceptor& other : others) {
        running.push_back(
            std::async(std::launch::async, serve_coroutine, std::move(other), options, stop));
    }
    serve_coroutine(std::move(acceptor), options, stop);
    for (std::future<void>& loop : running) {
        loop.get();
    }
}

}  // namespace cookbook::tcp_server
