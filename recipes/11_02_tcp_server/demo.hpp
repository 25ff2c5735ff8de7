// The recipe in one process.
#pragma once

namespace cookbook::tcp_server {

/// Runs a server of each style with two clients, and prints how long the second one waits.
void show_all_styles();

}  // namespace cookbook::tcp_server
