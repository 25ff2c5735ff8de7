// A fixed number of threads that all wait in accept(); the kernel wakes one per connection.
#include <algorithm>
#include <future>
#include <stop_token>
#include <utility>
#include <vector>

#include "echo.hpp"
#include "listener.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {

void serve_pool(tcp::acceptor acceptor, Options options, std::stop_token stop) {
    std::stop_source end;
    const std::stop_callback on_stop(stop, [&] { end.request_stop(); });
    Listener listener(std::move(acceptor), options.limits, end.get_token());
    const auto work = [&] {
        while (auto connection = listener.accept()) {
            handle(std::move(*connection), options);
        }
    };
    const std::size_t size = std::min(options.workers.value_or(16), options.limits.max_connections);
    std::vector<std::future<void>> workers;  // whose destructors join
    try {
        while (workers.size() < size) {
            workers.push_back(std::async(std::launch::async, work));
        }
    } catch (...) {  // there may be no more threads
        end.request_stop();
        throw;
    }
    for (std::future<void>& worker : workers) {
        worker.get();
    }
}

}  // namespace cookbook::tcp_server
