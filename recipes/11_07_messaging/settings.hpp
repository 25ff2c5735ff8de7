// What a command line settles before server and client begin.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "common/net/tcp.hpp"
#include "connection.hpp"

namespace cookbook::messaging {

struct Settings {
    HostPort address{.port = 25000};
    std::string unix_path;  // instead of `address`, where it is not empty
    std::string authkey_file;
    Options options;
};

/// --host, --port, --unix, --authkey-file and what Options has, with the values in `settings` as
/// their defaults.
void add_settings(CLI::App& command, Settings& settings);

/// The key out of --authkey-file, or of LAB_AUTHKEY. Throws as Key's functions do.
SharedKey read_key(const Settings& settings);

}  // namespace cookbook::messaging
