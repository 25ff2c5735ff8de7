// The options of the commands.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client.hpp"
#include "common/cli/program.hpp"
#include "control_plane.hpp"

namespace cookbook::control_plane {

void add_server(CLI::App& command, ServerOptions& options);

struct CertifySettings {
    std::string name;
    std::filesystem::path data = ServerOptions().data;
};
/// certify NAME. `settings` must outlive it.
void add_certify(Program& program, CertifySettings& settings);

/// What the commands of the client have in common, as they are given.
struct ClientSettings {
    Remote remote = {};
    std::string pool = {};
    std::string cidr = {};
    std::string address = {};
    std::string owner = {};
    std::string note = {};
    std::vector<std::string> reserved = {};
    std::optional<std::int64_t> cooldown = {};
    std::optional<std::int64_t> ttl = {};
    std::optional<std::int64_t> count = {};
    std::optional<std::int64_t> since = {};
};
/// client pools | pool | allocate | renew | release | show | watch. `settings` must outlive it.
void add_client(Program& program, ClientSettings& settings);

}  // namespace cookbook::control_plane
