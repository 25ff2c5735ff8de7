// The server: echo, for those who know the key.
#pragma once

#include "common/async/asio.hpp"
#include "common/net/serve.hpp"
#include "hmac_auth.hpp"

namespace cookbook::hmac_auth {

/// Authenticates each client, then sends back what it sends; until the caller is cancelled, as
/// cookbook::serve() does. Clients count as connections before they are authenticated, too. One
/// that fails is disconnected, with a line in the log: "refused ADDRESS: reason".
asio::awaitable<void> serve_echo(tcp::acceptor acceptor, Mac mac, Options options, Limits limits);

}  // namespace cookbook::hmac_auth
