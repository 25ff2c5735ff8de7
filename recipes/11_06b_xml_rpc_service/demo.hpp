// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::xml_rpc_service {

/// Starts a server on a free port, with a folder and a user, and has two callers try what they may.
asio::awaitable<void> demo();

}  // namespace cookbook::xml_rpc_service
