// The options of the commands.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "client.hpp"
#include "common/net/address.hpp"
#include "server.hpp"

namespace cookbook::file_transfer {

/// All that the server can be told.
struct ServerSettings {
    std::string root;
    HostPort address{.port = 6969};
    Options options = {};
};

void add_server_options(CLI::App& server, ServerSettings& settings);

/// All that get and put can be told.
struct ClientCommand {
    ClientSettings settings = {};
    std::string name;  // at the server
    std::string path;  // here
};

void add_get_options(CLI::App& command, ClientCommand& settings);
void add_put_options(CLI::App& command, ClientCommand& settings);

/// The name that a file is put under: what was given, or the last part of its path. Throws
/// CLI::ValidationError if there is none.
std::string name_to_put(const ClientCommand& settings);

}  // namespace cookbook::file_transfer
