// What the coroutine styles share: an event loop that accepts and serves.
#pragma once

#include <stop_token>

#include "common/async/asio.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {

/// An event loop with a listening socket. Its constructor opens all the descriptors that the loop
/// itself needs: once connections are accepted, there may be none left.
class EventLoop {
public:
    explicit EventLoop(tcp::acceptor acceptor);

    /// Serves on the calling thread, once, as serve_coroutine() does.
    void run(Options options, const std::stop_token& stop);

private:
    asio::io_context context_{1};
    tcp::acceptor acceptor_;
};

}  // namespace cookbook::tcp_server
