// The recipe in one process.
#pragma once

namespace cookbook::udp_server {

/// Runs a server of each style, asks it at two addresses, then asks for eight slow answers at once;
/// at last asks a server whose first datagrams get lost.
void show_all();

}  // namespace cookbook::udp_server
