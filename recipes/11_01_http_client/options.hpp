// The options of the client.
#pragma once

#include <CLI/CLI.hpp>

#include "client.hpp"

namespace cookbook::http_client {

/// METHOD, URL… and all that may be asked of the client. What is malformed is bad usage: nothing is
/// sent then.
void add_client(CLI::App& command, ClientSettings& settings);

/// --proxy, --cacert and --insecure.
void add_servers(CLI::App& command, Options& session);

}  // namespace cookbook::http_client
