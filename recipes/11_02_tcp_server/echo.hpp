// One connection, served to its end: by a thread that blocks, and by a coroutine.
#pragma once

#include "common/async/asio.hpp"
#include "listener.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {

/// Sends the peer back what it sends, byte by byte or line by line (options.lines), until it ends
/// its stream, is silent for the idle timeout, or is gone. Logs what goes wrong.
void handle(Connection connection, const Options& options);

/// The same as a coroutine. It may be cancelled at any wait.
asio::awaitable<void> handle(tcp::socket socket, Options options);

}  // namespace cookbook::tcp_server
