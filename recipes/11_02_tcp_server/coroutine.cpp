// One thread and one event loop: a coroutine per connection, under common's serve().
#include <utility>

#include "common/cli/run.hpp"
#include "common/net/serve.hpp"
#include "echo.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {
namespace {

asio::awaitable<void> serve_here(tcp::acceptor elsewhere, Options options) {
    const tcp protocol = elsewhere.local_endpoint().protocol();
    tcp::acceptor acceptor(co_await this_coro::executor, protocol, elsewhere.release());
    co_await serve(std::move(acceptor), options.limits,
                   [options](tcp::socket socket) { return handle(std::move(socket), options); });
}

}  // namespace

void serve_coroutine(tcp::acceptor acceptor, Options options, std::stop_token stop) {
    run(serve_here(std::move(acceptor), options), stop);
}

}  // namespace cookbook::tcp_server
