// The options of the server.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command_server.hpp"
#include "common/net/address.hpp"

namespace cookbook::command_server {

/// All that the server can be told.
struct ServerSettings {
    HostPort address{.port = 8888};
    Serve* style = serve_coroutine;
    std::optional<std::uint16_t> metrics_port = {};
    Options options = {};
};

void add_server_options(CLI::App& server, ServerSettings& settings);

/// Throws CLI::ValidationError if no response would fit into a queue.
void check(const Options& options);

/// Throws CLI::ValidationError if a command is more than one line.
void check(const std::vector<std::string>& commands);

}  // namespace cookbook::command_server
