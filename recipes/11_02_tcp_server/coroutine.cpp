// One thread and one event loop: a coroutine per connection, under common's serve().
#include <utility>

#include "common/cli/run.hpp"
#include "common/net/serve.hpp"
#include "echo.hpp"
#include "event_loop.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {
namespace {

tcp::acceptor move_to(asio::io_context& context, tcp::acceptor acceptor) {
    const tcp protocol = acceptor.local_endpoint().protocol();
    return {context, protocol, acceptor.release()};
}

asio::awaitable<void> serve_echo(tcp::acceptor acceptor, Options options) {
    co_await serve(std::move(acceptor), options.limits,
                   [options](tcp::socket socket) { return handle(std::move(socket), options); });
}

}  // namespace

// The first socket of an io_context makes its reactor: epoll, a timer, an eventfd.
EventLoop::EventLoop(tcp::acceptor acceptor) : acceptor_(move_to(context_, std::move(acceptor))) {}

void EventLoop::run(Options options, const std::stop_token& stop) {
    cookbook::run(context_, serve_echo(std::move(acceptor_), options), stop);
}

void serve_coroutine(tcp::acceptor acceptor, Options options, std::stop_token stop) {
    EventLoop(std::move(acceptor)).run(options, stop);
}

}  // namespace cookbook::tcp_server
