// Listening on TCP addresses and connecting to them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook {

/// Opens a socket that listens on `address`. The IPv6 wildcard, host "::", takes IPv4 too.
/// Throws std::system_error, "listen on HOST:PORT: reason".
tcp::acceptor listen(const asio::any_io_executor& executor, const HostPort& address);

/// Opens one more socket that listens on the address of `acceptor`. From then on the kernel spreads
/// new connections over all of them (SO_REUSEPORT, socket(7)). Throws std::system_error, "listen on
/// HOST:PORT: reason".
tcp::acceptor listen_reuse_port(tcp::acceptor& acceptor);

/// Connects to the first of the host's addresses that accepts, TCP_NODELAY set.
/// Throws std::system_error, "connect HOST:PORT: reason"; timed_out if it takes longer than
/// `limit`.
asio::awaitable<tcp::socket> connect(HostPort address, asio::steady_timer::duration limit = 10s);

}  // namespace cookbook
