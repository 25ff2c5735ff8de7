// The client: sends commands, prints every line that comes.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook::command_server {

/// Sends each command as a line, ends its half of the stream, and writes every line that comes to
/// `output`, until the server ends its half, too. The server may be silent for `timeout`. Throws as
/// connect(), Conversation and Tally::require_success() do.
asio::awaitable<void> send_commands(HostPort server, std::vector<std::string> commands,
                                    std::FILE* output, asio::steady_timer::duration timeout);

/// The same with each line of the open file `input`.
asio::awaitable<void> send_input(HostPort server, int input, std::FILE* output,
                                 asio::steady_timer::duration timeout);

/// Sends each command as a line, and writes every line that comes, until the server hangs up or the
/// caller is cancelled. `timeout` limits connecting and sending.
asio::awaitable<void> listen(HostPort server, std::vector<std::string> commands, std::FILE* output,
                             asio::steady_timer::duration timeout);

}  // namespace cookbook::command_server
