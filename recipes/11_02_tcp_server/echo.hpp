// One connection, answered to its end: for a thread that blocks, and as a coroutine.
#pragma once

#include "common/async/asio.hpp"
#include "listener.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {

/// Sends the peer back what it sends, as options.lines wants it, until it ends its stream, is
/// silent for the idle limit, or is gone. Logs what goes wrong.
void handle(Connection connection, const Options& options);

/// The same as a coroutine. It is cancelled at any wait.
asio::awaitable<void> handle(tcp::socket socket, Options options);

}  // namespace cookbook::tcp_server
