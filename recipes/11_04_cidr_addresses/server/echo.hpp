// An echo server that admits clients by their address.
#pragma once

#include "admission.hpp"
#include "common/async/asio.hpp"
#include "common/net/serve.hpp"

namespace cookbook::cidr_addresses {

/// Serves until the caller is cancelled, as cookbook::serve() does. A peer that `admission` admits
/// gets back what it sends, until it ends; any other is disconnected before a byte is read.
asio::awaitable<void> serve_echo(tcp::acceptor acceptor, Limits limits, Admission admission);

/// Sends `message` to `server` from the local address `from`, ends, and returns the response: empty
/// if the server refuses. Throws system_error if it cannot connect, with timed_out after `limit`.
asio::awaitable<std::string> call_echo(tcp::endpoint server, asio::ip::address from,
                                       std::string message,
                                       asio::steady_timer::duration limit = 10s);

}  // namespace cookbook::cidr_addresses
