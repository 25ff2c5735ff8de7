// The client of the command line.
#pragma once

#include <string>
#include <vector>

#include "11_07_messaging/wire/connection.hpp"

namespace cookbook::messaging {

/// Sends each text, which is JSON, as one object, and prints each reply as a line of JSON on
/// stdout. Throws JsonError, and as ask() and print_line() do.
asio::awaitable<void> send_messages(Connection connection, std::vector<std::string> texts);

/// The same with each line of stdin, as it comes.
asio::awaitable<void> send_lines(Connection connection);

}  // namespace cookbook::messaging
