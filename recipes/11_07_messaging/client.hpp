// The client of the command line.
#pragma once

#include <string>
#include <vector>

#include "11_07_messaging/wire/connection.hpp"

namespace cookbook::messaging {

/// Sends each text, which is JSON, as one object, and prints each reply as a line of JSON on
/// stdout. `server` is the peer's name, for messages. Throws JsonError for a text;
/// std::runtime_error, "send to NAME: reason", "receive from NAME: reason", or that it has left;
/// and as print_line() does.
asio::awaitable<void> send_messages(Connection connection, std::string server,
                                    std::vector<std::string> texts);

/// The same with each line of stdin, as it comes.
asio::awaitable<void> send_lines(Connection connection, std::string server);

}  // namespace cookbook::messaging
