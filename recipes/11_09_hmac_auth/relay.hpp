// The man in the middle: what authentication alone does not protect from.
#pragma once

#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook::hmac_auth {

/// Accepts one connection and passes on all that client and `server` send each other, the handshake
/// included: it needs no key. But where the client says "pay 100", the server hears "pay 900".
/// Returns when both have ended.
asio::awaitable<void> relay(tcp::acceptor acceptor, HostPort server);

}  // namespace cookbook::hmac_auth
