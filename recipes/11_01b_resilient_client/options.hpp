// The options of the client.
#pragma once

#include <CLI/CLI.hpp>

#include "commands.hpp"

namespace cookbook::resilient_client {

/// URL… and all that may be asked of the client. What is malformed is bad usage: nothing is sent
/// then.
void add_client(CLI::App& command, CommandSettings& settings);

}  // namespace cookbook::resilient_client
