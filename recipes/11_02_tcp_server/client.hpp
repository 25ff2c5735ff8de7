// The client: sends, ends its stream, and prints all that comes back.
#pragma once

#include <cstdio>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::tcp_server {

/// Sends all of `message` and writes what comes back to `output`; the server may be silent for
/// `limit`. Throws as connect() and Conversation do.
asio::awaitable<void> send_message(HostPort server, std::string message, std::FILE* output,
                                   asio::steady_timer::duration limit);

/// The same with all that the open file `input` has. Throws also std::runtime_error if the server
/// ends before it has everything.
asio::awaitable<void> send_file(HostPort server, int input, std::FILE* output,
                                asio::steady_timer::duration limit);

}  // namespace cookbook::tcp_server
