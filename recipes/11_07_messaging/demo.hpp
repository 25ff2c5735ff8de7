// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::messaging {

/// A listener on a free port and a client that shows what travels, and a client with a wrong key.
asio::awaitable<void> demo();

}  // namespace cookbook::messaging
