// A way through a proxy for what it must not read.
#pragma once

#include "connection.hpp"

namespace cookbook::http_client {

/// Asks the proxy at the other end for a tunnel to `origin` (RFC 9110, 9.3.6). When it returns, the
/// connection's stream leads there. Throws system_error: Error::proxy_refused if the proxy responds
/// with anything but 2xx, whose body is not read; Error::proxy_said_more if bytes follow the head,
/// which nobody knows whom to ascribe to.
asio::awaitable<void> open_tunnel(Connection& connection, Origin origin,
                                  std::optional<Credentials> credentials);

/// "Basic dXNlcjpwYXNzd29yZA==" (RFC 7617), the text as UTF-8.
[[nodiscard]] std::string basic_credentials(const Credentials& credentials);

}  // namespace cookbook::http_client
