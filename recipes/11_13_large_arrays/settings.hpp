// What a command line settles before server and client begin.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "client.hpp"
#include "common/net/address.hpp"
#include "server.hpp"

namespace cookbook::large_arrays {

struct Settings {
    HostPort tcp{.port = 25000};
    std::string unix_path;  // instead of `tcp`, if it is not empty
    std::uint64_t count = 50'000'000;
    std::string file;  // the server's source, or the client's output
    bool raw = false;
    bool zero_copy = false;
    Acceptance acceptance;

    [[nodiscard]] Address address() const;
    /// Throws as NpyFile and Numbers do.
    [[nodiscard]] Offer offer() const;
};

/// The options of each command except for limits, with the values in `settings` as their defaults.
void add_server_settings(CLI::App& command, Settings& settings);
void add_client_settings(CLI::App& command, Settings& settings);

}  // namespace cookbook::large_arrays
