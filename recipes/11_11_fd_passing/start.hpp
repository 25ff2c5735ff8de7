// The server of the command line.
#pragma once

#include "options.hpp"

namespace cookbook::fd_passing {

/// Forks workers or reads the key, listens or takes over, prints "listening on …" and serves until
/// a signal or a successor ends it. Throws as the functions in server.hpp and take_over.hpp do.
void start_server(const ServerOptions& options);

}  // namespace cookbook::fd_passing
