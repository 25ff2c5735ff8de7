// A client for the two resources of the original.
#pragma once

#include <string>

#include "common/async/asio.hpp"
#include "common/http/application.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::rest_interface {

/// GETs `target` and returns the body, at most 1 MiB. Throws std::runtime_error, "GET TARGET:
/// reason", if the status is not 200, the server cannot be reached, or it takes longer than
/// `limit`.
asio::awaitable<std::string> fetch(HostPort server, std::string target,
                                   asio::steady_timer::duration limit = 10s);

/// "/hello?name=Guido", whatever characters the name has.
[[nodiscard]] std::string hello_target(const std::string& name);

}  // namespace cookbook::rest_interface
