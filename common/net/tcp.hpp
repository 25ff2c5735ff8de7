// Addresses as users write them: listening on them and connecting to them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/async/asio.hpp"

namespace cookbook {

/// A TCP address as on the command line.
struct TcpAddress {
    std::string host = "127.0.0.1";  // a name, or an IPv4 or IPv6 address without brackets
    std::uint16_t port = 0;          // 0: a free port, for a server
};

/// Opens a socket that listens on `address`. The IPv6 wildcard, host "::", takes IPv4 too.
/// Throws std::system_error, "listen on HOST:PORT: reason".
tcp::acceptor listen(const asio::any_io_executor& executor, const TcpAddress& address);

/// Opens one more socket that listens where `acceptor` does. From then on the kernel spreads new
/// connections over all of them (SO_REUSEPORT, socket(7)).
/// Throws std::system_error, "listen on HOST:PORT: reason".
tcp::acceptor listen_reuse_port(tcp::acceptor& acceptor);

/// Prints the line that tells users and tests that a server is ready, "listening on ADDRESS:PORT",
/// on stdout, and flushes it.
void print_listening(const tcp::acceptor& acceptor);
/// The same for another kind of address.
void print_listening(const std::string& address);

/// Connects to the first of the host's addresses that accepts, TCP_NODELAY set.
/// Throws std::system_error, "connect HOST:PORT: reason"; timed_out where it takes longer than
/// `limit`.
asio::awaitable<tcp::socket> connect(TcpAddress address, asio::steady_timer::duration limit = 10s);

/// "127.0.0.1:20000", "[::1]:20000".
std::string to_string(const tcp::endpoint& endpoint);
std::string to_string(const TcpAddress& address);

}  // namespace cookbook
