// Connecting to a host that has several addresses, some of which may not work.
#pragma once

#include <string>
#include <vector>

#include "common/async/asio.hpp"

namespace cookbook::http_client {

/// Connects to the endpoint that accepts first. The next one is tried when the last has failed, or
/// after `head_start` if it has said nothing: all that have begun go on side by side (RFC 8305, 5).
/// Throws system_error, the first endpoint's, if all fail.
///
///     co_await connect_to_fastest(co_await look_up("localhost", 8080));
asio::awaitable<tcp::socket> connect_to_fastest(std::vector<tcp::endpoint> endpoints,
                                                asio::steady_timer::duration head_start = 250ms);

}  // namespace cookbook::http_client
