// What a command line settles before server and client begin.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "11_07_messaging/wire/connection.hpp"
#include "common/net/address.hpp"
#include "common/net/secret.hpp"

namespace cookbook::messaging {

struct Settings {
    HostPort tcp{.port = 25000};
    std::string unix_path;  // instead of `tcp`, if it is not empty
    std::string authkey_file;
    Options options;

    [[nodiscard]] Address address() const;
};

/// --host, --port, --unix, --authkey-file and what Options has, except for --codec, with the values
/// in `settings` as their defaults.
void add_settings(CLI::App& command, Settings& settings);

/// --codec.
void add_codec(CLI::App& command, Codec& codec);

/// The key, as read_authkey() finds it.
SharedKey read_key(const Settings& settings);

}  // namespace cookbook::messaging
