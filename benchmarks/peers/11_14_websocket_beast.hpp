// Beast's own asynchronous WebSocket server (example/websocket/server/async), on a socket that
// listens: what its users begin from.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <memory>

namespace peers {

namespace beast = boost::beast;
using boost::asio::ip::tcp;

class BeastSession : public std::enable_shared_from_this<BeastSession> {
public:
    explicit BeastSession(tcp::socket&& socket) : stream_(std::move(socket)) {}

    void run() {
        stream_.set_option(
            beast::websocket::stream_base::timeout::suggested(beast::role_type::server));
        stream_.async_accept(
            beast::bind_front_handler(&BeastSession::on_accept, shared_from_this()));
    }

private:
    void on_accept(beast::error_code error) {
        if (!error) {
            read();
        }
    }
    void read() {
        stream_.async_read(buffer_,
                           beast::bind_front_handler(&BeastSession::on_read, shared_from_this()));
    }
    void on_read(beast::error_code error, std::size_t) {
        if (!error) {
            stream_.text(stream_.got_text());
            stream_.async_write(buffer_.data(), beast::bind_front_handler(&BeastSession::on_write,
                                                                          shared_from_this()));
        }
    }
    void on_write(beast::error_code error, std::size_t) {
        if (!error) {
            buffer_.consume(buffer_.size());
            read();
        }
    }

    beast::websocket::stream<beast::tcp_stream> stream_;
    beast::flat_buffer buffer_;
};

inline void accept_beast(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](beast::error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true));
            std::make_shared<BeastSession>(std::move(socket))->run();
            accept_beast(acceptor);
        }
    });
}

inline void serve_beast(int listener) {
    boost::asio::io_context context(1);
    tcp::acceptor acceptor(context, tcp::v4(), listener);
    accept_beast(acceptor);
    context.run();
}

}  // namespace peers
