// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::xml_rpc {

/// Starts a server on a free port, calls its methods and prints what they return.
asio::awaitable<void> demo();

}  // namespace cookbook::xml_rpc
