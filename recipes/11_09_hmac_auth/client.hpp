// The client of the command line.
#pragma once

#include <cstdio>
#include <optional>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "hmac_auth.hpp"

namespace cookbook::hmac_auth {

/// Authenticates to `server`, sends `message`, or all of stdin, and writes what comes back to
/// `output`, as Conversation does; the server may be silent for `limit`. Throws as connect() and
/// Conversation do; std::system_error, "authenticate with HOST:PORT: reason"; and
/// std::runtime_error if less comes back than was sent.
///
/// In the plain form the server says nothing of our response. But one that ends before anything has
/// come back has not accepted it: Error::hung_up. A client that sends nothing at all cannot tell,
/// since a server that has accepted it ends in the same way: it returns.
asio::awaitable<void> talk(HostPort server, Mac mac, Options options,
                           std::optional<std::string> message, std::FILE* output,
                           asio::steady_timer::duration limit);

}  // namespace cookbook::hmac_auth
