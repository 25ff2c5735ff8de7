#include "demo.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "common/net/tcp.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {
namespace {

constexpr auto silence = 100ms;

/// Says nothing, and leaves.
asio::awaitable<void> be_silent(tcp::socket socket) {
    asio::steady_timer timer(socket.get_executor(), silence);
    co_await timer.async_wait(use_awaitable);
}

asio::awaitable<std::string> call(tcp::socket& socket, std::string message) {
    co_await asio::async_write(socket, asio::buffer(message), use_awaitable);
    std::string echo(message.size(), '\0');
    co_await asio::async_read(socket, asio::buffer(echo), use_awaitable);
    co_return echo;
}

asio::awaitable<void> say_hello(tcp::socket socket, const Style& style) {
    const auto start = std::chrono::steady_clock::now();
    const std::string echo = co_await call(socket, fmt::format("Hello, {}!", style.name));
    const std::chrono::duration<double, std::milli> waited =
        std::chrono::steady_clock::now() - start;
    fmt::print("{:>6.1f} ms  {:<18}  {}\n", waited.count(), echo, style.summary);
}

asio::awaitable<void> visit(const Style& style, HostPort server) {
    tcp::socket first = co_await connect(server);
    tcp::socket second = co_await connect(server);
    TaskGroup clients(first.get_executor());
    clients.spawn(be_silent(std::move(first)));
    clients.spawn(say_hello(std::move(second), style));
    co_await clients.join();
}

}  // namespace

void show_all_styles() {
    fmt::print(
        "A client connects to an echo server and says nothing for {} ms. A second client says\n"
        "hello meanwhile. How long does it wait for its echo?\n\n",
        silence.count());
    for (const Style& style : styles) {
        asio::io_context context;
        tcp::acceptor acceptor = listen(context.get_executor(), {});
        const HostPort address{"127.0.0.1", acceptor.local_endpoint().port()};
        // Its destructor requests a stop and joins.
        const std::jthread server([&](std::stop_token stop) {
            style.serve(std::move(acceptor), Options{}, std::move(stop));
        });
        run(visit(style, address));
    }
}

}  // namespace cookbook::tcp_server
