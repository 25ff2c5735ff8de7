// The options of the three commands. Each keeps its value in the struct that it is given.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client.hpp"
#include "common/net/address.hpp"
#include "connect.hpp"
#include "websocket.hpp"

namespace cookbook::websocket {

struct ServerSettings {
    HostPort address{.port = 8080};
    ServerOptions options = {};
    std::optional<std::filesystem::path> cert = {};  // with a key: wss
    std::optional<std::filesystem::path> key = {};
};

/// --origin, which may come again.
void add_origins(CLI::App& command, std::vector<std::string>& origins);

void add_server(CLI::App& command, ServerSettings& settings);
void add_chat_client(CLI::App& command, ClientSettings& settings);
void add_connect(CLI::App& command, ConnectSettings& settings);

/// Listens, prints the line and serves, over TLS if there is a certificate.
asio::awaitable<void> run_server(ServerSettings settings);

}  // namespace cookbook::websocket
