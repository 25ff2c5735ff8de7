// The client of the chat.
#pragma once

#include <cstdio>
#include <string>

#include "opening.hpp"

namespace cookbook::websocket {

struct ClientSettings {
    HostPort server{.port = 8080};
    bool is_tls = false;
    tls::ClientOptions tls = {};
    std::string name = "guest";
    std::string room = "lobby";
    bool json = false;  // show events as they come
};

/// Says each line of the open file `input`, and shows on `output` what happens. After the last line
/// it waits until all that it has said has come back. Throws as open() and run_client() do.
asio::awaitable<void> take_part(ClientSettings settings, int input, std::FILE* output);

}  // namespace cookbook::websocket
