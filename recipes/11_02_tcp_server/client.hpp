// The client: sends, ends its stream, and prints all that comes back.
#pragma once

#include <cstdio>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::tcp_server {

/// Sends all of `message`, ends its stream (half-close), and writes everything that the server
/// sends to `output`, until the server ends its stream too. It reads while it writes, so the
/// message may be larger than all buffers on the way together.
///
/// Throws std::system_error: "connect HOST:PORT: …", "send: …", "receive: …"; and
/// std::runtime_error if the server takes and sends nothing for `limit`, or ends its stream before
/// we end ours.
asio::awaitable<void> send_message(HostPort server, std::string message, std::FILE* output,
                                   asio::steady_timer::duration limit);

/// The same with all that the open file `input` has, in constant memory; see open_input(). The time
/// that we wait for input does not count as the server's silence.
asio::awaitable<void> send_file(HostPort server, int input, std::FILE* output,
                                asio::steady_timer::duration limit);

}  // namespace cookbook::tcp_server
