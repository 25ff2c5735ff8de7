// Asio's own example in callbacks, cpp11/echo/async_tcp_echo_server.cpp, unchanged but for the
// command line: no limits, no end, a kilobyte per connection.
#pragma once

#include <memory>
#include <utility>

#include "common/async/asio.hpp"

namespace peers {

namespace asio = boost::asio;
using asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
public:
    explicit Session(tcp::socket socket) : socket_(std::move(socket)) {}
    void start() { do_read(); }

private:
    void do_read() {
        auto self(shared_from_this());
        socket_.async_read_some(asio::buffer(data_, max_length),
                                [this, self](boost::system::error_code ec, std::size_t length) {
                                    if (!ec) {
                                        do_write(length);
                                    }
                                });
    }

    void do_write(std::size_t length) {
        auto self(shared_from_this());
        asio::async_write(socket_, asio::buffer(data_, length),
                          [this, self](boost::system::error_code ec, std::size_t /*length*/) {
                              if (!ec) {
                                  do_read();
                              }
                          });
    }

    static constexpr std::size_t max_length = 1024;
    tcp::socket socket_;
    char data_[max_length];  // NOLINT: Asio's own
};

class Server {
public:
    Server(asio::io_context& context, tcp::acceptor acceptor)
        : acceptor_(std::move(acceptor)), socket_(context) {
        do_accept();
    }

private:
    void do_accept() {
        acceptor_.async_accept(socket_, [this](boost::system::error_code ec) {
            if (!ec) {
                std::make_shared<Session>(std::move(socket_))->start();
            }
            do_accept();
        });
    }

    tcp::acceptor acceptor_;
    tcp::socket socket_;
};

/// Echoes on every connection that `listener` gets, until the process is killed.
inline void serve_callbacks(int listener) {
    asio::io_context context;
    const Server server(context, tcp::acceptor(context, tcp::v4(), listener));
    context.run();
}

}  // namespace peers
