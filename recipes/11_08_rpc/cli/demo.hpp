// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::rpc {

/// A server on a free port, and a client that calls its functions, rightly and wrongly.
asio::awaitable<void> demo();

}  // namespace cookbook::rpc
