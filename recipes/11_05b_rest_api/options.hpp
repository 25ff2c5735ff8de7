// The options of the commands.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "client.hpp"
#include "common/cli/program.hpp"
#include "keys.hpp"
#include "rest_api.hpp"

namespace cookbook::rest_api {

void add_server(CLI::App& command, HostPort& address, Options& options);

/// What the commands of the client have in common, as they are given.
struct ClientSettings {
    HostPort server{.port = 5000};
    std::string key_file;
    std::string kind;
    std::string id;
    std::vector<std::string> values;
    std::string json;
    std::vector<std::string> filters;
    std::optional<std::string> if_match;
    std::string page;
    std::string per_page;
    std::string sort_by;
    std::string sort_order;
    bool all = false;
};

/// client health | list | get | create | update | replace | delete. `settings` must outlive it.
void add_client(Program& program, ClientSettings& settings);

struct KeySettings {
    std::string database = DatabaseOptions().url;
    std::string name;
    Role role = Role::editor;
};

/// key add | list | revoke.
void add_key_commands(Program& program, KeySettings& settings);

}  // namespace cookbook::rest_api
