// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::websocket {

/// A server, and two people who talk: what each of them sees; and what becomes of a third one who
/// takes the name of the first.
asio::awaitable<void> demo();

}  // namespace cookbook::websocket
