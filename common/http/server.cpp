#include "common/http/server.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/http/connection.hpp"

namespace cookbook {

TcpStream::TcpStream(tcp::socket connection) : socket(std::move(connection)) {
    socket.non_blocking(true);
    socket.set_option(tcp::no_delay(true));
    error_code gone;  // the peer may have left already
    peer_ = socket.remote_endpoint(gone);
}

asio::awaitable<HttpStream::Transferred> TcpStream::read_some(asio::mutable_buffer buffer) {
    return socket.async_read_some(buffer, use_nothrow);
}

std::size_t TcpStream::write_now(Buffers buffers, error_code& error) {
    return buffers.size() == 1 ? socket.write_some(buffers[0], error)
                               : socket.write_some(buffers, error);
}

asio::awaitable<HttpStream::Transferred> TcpStream::write(Buffers buffers) {
    return asio::async_write(socket, buffers, use_nothrow);
}

asio::awaitable<void> TcpStream::shut_down() {
    error_code gone;
    socket.shutdown(tcp::socket::shutdown_send, gone);
    co_return;
}

asio::awaitable<void> handle_http(HttpStream& stream, const HttpLimits& limits,
                                  const Application& application) {
    HttpConnection connection(stream, limits, application);
    try {
        co_await connection.run();
    } catch (const boost::system::system_error& gone) {
        spdlog::debug("connection ended: {}", gone.what());
    }
}

namespace {

struct TcpHandler {
    const HttpLimits& limits;
    const Application& application;

    asio::awaitable<void> operator()(tcp::socket socket) const {
        return handle(TcpStream(std::move(socket)), limits, application);
    }
    static asio::awaitable<void> handle(TcpStream stream, const HttpLimits& limits,
                                        const Application& application) {
        co_await handle_http(stream, limits, application);
    }
};

}  // namespace

asio::awaitable<void> serve_http(tcp::acceptor acceptor, HttpLimits limits,
                                 Application application) {
    co_await serve(std::move(acceptor), limits, TcpHandler{limits, application});
}

}  // namespace cookbook
