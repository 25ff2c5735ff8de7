// What the executable shows without arguments.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::cidr_manager {

/// Calculates, plans a pool with a server, and starts the server again.
asio::awaitable<void> demo();

}  // namespace cookbook::cidr_manager
