// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::command_server {

/// Runs a server with three clients: one that asks, one that listens, one that is slow.
asio::awaitable<void> demo();

}  // namespace cookbook::command_server
