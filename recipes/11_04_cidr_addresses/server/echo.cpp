#include "echo.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "11_02_tcp_server/echo.hpp"
#include "11_04_cidr_addresses/text/text.hpp"
#include "common/async/within.hpp"

namespace cookbook::cidr_addresses {
namespace {

asio::awaitable<void> admit(tcp::socket socket, Limits limits, const Admission& admission) {
    error_code gone;
    const tcp::endpoint peer = socket.remote_endpoint(gone);
    if (gone) {
        co_return;
    }
    const Address address = peer_address(peer.address());
    if (!admission.admits(address)) {
        spdlog::info("refused {}", to_string(address));
        co_return;  // the socket's destructor closes the connection
    }
    spdlog::info("admitted {}", to_string(address));
    tcp_server::Options options;
    options.limits = limits;
    co_await tcp_server::handle(std::move(socket), options);
}

asio::awaitable<std::string> exchange(tcp::endpoint server, asio::ip::address from,
                                      std::string message) {
    tcp::socket socket(co_await this_coro::executor);
    socket.open(server.protocol());
    socket.bind({from, 0});
    co_await socket.async_connect(server, use_awaitable);
    // A server that refuses may have closed already: then sending fails and there is nothing to
    // read.
    co_await asio::async_write(socket, asio::buffer(message), use_nothrow);
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    std::string response(message.size(), '\0');
    const auto [read_error, received] =
        co_await asio::async_read(socket, asio::buffer(response), use_nothrow);
    response.resize(received);
    co_return response;
}

}  // namespace

asio::awaitable<void> serve_echo(tcp::acceptor acceptor, Limits limits, Admission admission) {
    // `admission` lives in this frame, and serve() returns only after all connections have ended.
    co_await serve(std::move(acceptor), limits, [&admission, limits](tcp::socket socket) {
        return admit(std::move(socket), limits, admission);
    });
}

asio::awaitable<std::string> call_echo(tcp::endpoint server, asio::ip::address from,
                                       std::string message, asio::steady_timer::duration limit) {
    return within(limit, exchange(std::move(server), std::move(from), std::move(message)));
}

}  // namespace cookbook::cidr_addresses
