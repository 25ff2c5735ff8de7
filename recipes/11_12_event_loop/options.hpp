// The options of the server.
#pragma once

#include <CLI/CLI.hpp>

#include "services.hpp"
#include "sockets.hpp"

namespace cookbook::event_loop {

void add_server_options(CLI::App& server, Serve*& serve, Ports& ports, Options& options);

}  // namespace cookbook::event_loop
