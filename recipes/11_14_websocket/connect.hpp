// A client for any server: lines out, messages in.
#pragma once

#include <cstdio>
#include <string>

#include "opening.hpp"
#include "settings.hpp"

namespace cookbook::websocket {

struct ConnectSettings {
    std::string url = {};
    bool echo = false;
    OpeningOptions opening = {};
    Options connection = {.max_message = std::size_t{1} << 20U};
};

/// Sends each line of the open file `input` as a text, and prints each message as a line, a binary
/// one in hex. After the last line, and half a second in which nothing has come, it says Close.
/// With `echo` it sends back what comes, and leaves the end to the server. Throws as open() and
/// run_client() do.
asio::awaitable<void> talk_to(ConnectSettings settings, int input, std::FILE* output);

}  // namespace cookbook::websocket
