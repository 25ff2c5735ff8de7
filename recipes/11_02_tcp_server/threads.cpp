// A thread per connection.
#include <spdlog/spdlog.h>

#include <future>
#include <list>
#include <system_error>
#include <utility>

#include "echo.hpp"
#include "listener.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {
namespace {

bool has_ended(const std::future<void>& thread) {
    return thread.wait_for(0s) == std::future_status::ready;
}

}  // namespace

void serve_threads(tcp::acceptor acceptor, Options options, std::stop_token stop) {
    Listener listener(std::move(acceptor), options.limits, stop);
    std::list<std::future<void>> threads;  // whose destructors join
    while (auto connection = listener.accept()) {
        threads.remove_if(has_ended);
        try {
            threads.push_back(std::async(
                std::launch::async, [&options](Connection c) { handle(std::move(c), options); },
                std::move(*connection)));
        } catch (const std::system_error& no_thread) {
            spdlog::error("dropped: cannot start a thread: {}", no_thread.what());
        }
    }
}

}  // namespace cookbook::tcp_server
