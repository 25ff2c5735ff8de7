#pragma once

namespace cookbook::tcp_server {

/// Runs a server of each style, with two clients, and prints what the second of them sees.
void show_all_styles();

}  // namespace cookbook::tcp_server
