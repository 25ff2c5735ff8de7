// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::http_client {

/// Runs a small httpbin and a session that talks to it, and prints what comes back.
asio::awaitable<void> demo();

}  // namespace cookbook::http_client
