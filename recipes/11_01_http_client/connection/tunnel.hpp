// A way through a proxy for what it must not read.
#pragma once

#include "connection.hpp"

namespace cookbook::http_client {

/// Asks the proxy at the other end of `stream` for a tunnel to `origin` (RFC 9110, 9.3.6), to which
/// the stream leads from then on. Throws std::system_error, "proxy HOST:PORT: reason": if it
/// responds with anything but 2xx, the status, and its body is not read; Error::proxy_said_more if
/// bytes follow the head, because they may be the proxy's and pass for the server's.
asio::awaitable<void> open_tunnel(Stream& stream, Origin origin, Proxy proxy);

}  // namespace cookbook::http_client
