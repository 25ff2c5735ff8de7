// TLS as asio::ssl::stream has it: what a user of Asio writes first.
#pragma once

#include <boost/asio/detached.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/async/asio.hpp"

namespace cookbook::peers {

using AsioTls = asio::ssl::stream<tcp::socket>;

inline asio::awaitable<void> handle_asio(tcp::socket socket, asio::ssl::context& context,
                                         const std::string& bulk) try {
    socket.set_option(tcp::no_delay(true));
    AsioTls stream(std::move(socket), context);
    co_await stream.async_handshake(AsioTls::server, use_awaitable);
    std::vector<char> buffer(std::size_t{64} << 10U);
    std::size_t n = co_await stream.async_read_some(asio::buffer(buffer), use_awaitable);
    const std::string_view request(buffer.data(), n);
    if (request.starts_with("GET")) {
        const std::string response = "response";
        co_await asio::async_write(stream,
                                   asio::buffer(request.starts_with("GET /bulk") ? bulk : response),
                                   use_awaitable);
        co_await stream.async_shutdown(use_awaitable);
        co_return;
    }
    for (;;) {
        co_await asio::async_write(stream, asio::buffer(buffer, n), use_awaitable);
        n = co_await stream.async_read_some(asio::buffer(buffer), use_awaitable);
    }
} catch (const boost::system::system_error&) {
    co_return;  // the client has gone
}

inline asio::awaitable<void> accept_asio(tcp::acceptor acceptor, asio::ssl::context& context,
                                         const std::string& bulk) {
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
        asio::co_spawn(acceptor.get_executor(), handle_asio(std::move(socket), context, bulk),
                       asio::detached);
    }
}

inline void serve_asio(std::uint16_t port, const std::string& folder, const std::string& bulk) {
    asio::io_context io(1);
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain_file(folder + "/cert.pem");
    context.use_private_key_file(folder + "/key.pem", asio::ssl::context::pem);
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), port});
    asio::co_spawn(io, accept_asio(std::move(acceptor), context, bulk), asio::detached);
    io.run();
}

}  // namespace cookbook::peers
