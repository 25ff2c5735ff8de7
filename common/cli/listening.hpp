// The line that says that a server is ready, and a server's start as the command line wants it.
#pragma once

#include <string>
#include <utility>

#include "common/async/asio.hpp"
#include "common/net/tcp.hpp"

namespace cookbook {

/// Prints the line that tells users and tests that a server is ready, "listening on ADDRESS:PORT",
/// on stdout. Throws as print_line() does: whoever wants to know the port would wait for ever.
void print_listening(const tcp::acceptor& acceptor);
/// The same for another kind of address.
void print_listening(const std::string& address);

/// Listens on `address`, prints the line, and runs `serve(acceptor)`, an asio::awaitable<void>, to
/// its end. Throws std::system_error, "listen on HOST:PORT: reason", and what `serve` throws.
template <typename Serve>
asio::awaitable<void> listen_and_serve(HostPort address, Serve serve) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, address);
    print_listening(acceptor);
    co_await serve(std::move(acceptor));
}

}  // namespace cookbook
