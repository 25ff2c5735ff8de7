// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::resilient_client {

/// Runs a server that fails, and clients that cope, and prints what comes of it.
asio::awaitable<void> demo();

}  // namespace cookbook::resilient_client
