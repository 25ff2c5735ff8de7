// The server.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <optional>

#include "client_table.hpp"
#include "common/async/asio.hpp"
#include "protocol.hpp"

namespace cookbook::udp_telemetry {

struct Options {
    /// Longer datagrams are cut, counted, and answered with INVALID.
    std::size_t max_datagram = 4096;
    ClientLimits clients = {};
    /// How often the statistics are logged, and sent to `beacon`, a group or a broadcast address.
    asio::steady_timer::duration every = 10s;
    std::optional<udp::endpoint> beacon = {};
    /// How long requests that had come before the order to stop are still answered.
    asio::steady_timer::duration drain_timeout = 5s;
};

/// Answers datagrams on a socket of udp_server::open_socket(), each from the address that it was
/// sent to, until it is cancelled. No datagram and no reply ends it. Then it answers what waits in
/// the receive buffer, and returns what it has counted. Throws system_error if the socket is
/// broken.
asio::awaitable<Statistics> serve(udp::socket socket, Options options);

}  // namespace cookbook::udp_telemetry
