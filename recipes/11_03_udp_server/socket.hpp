// A server's socket.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <optional>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook::udp_server {

using boost::asio::ip::udp;

/// Has the kernel say with each datagram which address it was sent to (ip(7), ipv6(7)) and how many
/// it has dropped before (socket(7)).
void report_details(udp::socket& socket);

/// Opens a socket that reports them, bound to `address`. The IPv6 wildcard, host "::", takes IPv4
/// too. Its receive buffer has `receive_buffer` bytes; without one, a few megabytes. The kernel may
/// grant less, net.core.rmem_max, which is logged if a size was given. Throws std::system_error,
/// "listen on HOST:PORT: reason".
udp::socket open_socket(const asio::any_io_executor& executor, const HostPort& address,
                        std::optional<int> receive_buffer = {});

}  // namespace cookbook::udp_server
