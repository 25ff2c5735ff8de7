#include "demo.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "common/cli/demo.hpp"
#include "common/cli/run.hpp"
#include "common/net/tcp.hpp"
#include "fd_passing.hpp"

namespace cookbook::fd_passing {
namespace {

constexpr Limits demo_limits = {.drain_timeout = 1s};

asio::awaitable<std::string> echo_once(tcp::socket& socket, std::string text) {
    co_await asio::async_write(socket, asio::buffer(text), use_awaitable);
    std::string echo(text.size(), '\0');
    co_await asio::async_read(socket, asio::buffer(echo), use_awaitable);
    co_return echo;
}

asio::awaitable<void> visit(HostPort server) {
    std::vector<tcp::socket> clients;
    for (const char* const text : {"one", "two", "three", "four"}) {
        tcp::socket socket = co_await connect(server);
        const std::string address = to_string(socket.local_endpoint());
        const std::string echo = co_await echo_once(socket, text);
        fmt::print("{} sent {}, received {}\n", address, text, echo);
        clients.push_back(std::move(socket));
    }
}

asio::awaitable<void> show_server(Descriptor nursery) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, HostPort{});
    const HostPort address{.port = acceptor.local_endpoint().port()};
    co_await show_beside(serve_with_children(std::move(acceptor), std::move(nursery), demo_limits),
                         visit(address));
}

}  // namespace

void demo() {
    fmt::print(
        "This process accepts, two workers serve. The log says which worker gets which "
        "client.\n\n");
    Nursery nursery({.workers = 2, .grace = 1s}, [](Descriptor server) {
        run(work_for_parent(std::move(server), demo_limits));
        return 0;
    });
    run(show_server(nursery.take_socket()));
}

}  // namespace cookbook::fd_passing
