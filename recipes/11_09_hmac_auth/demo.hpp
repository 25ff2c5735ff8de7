// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::hmac_auth {

/// Servers of both forms, with a client that knows the key, one that does not, and a relay between
/// them; and what an attacker makes a client of the plain form do.
asio::awaitable<void> demo();

}  // namespace cookbook::hmac_auth
