// The client of the UDP services.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "11_03_udp_server/call.hpp"
#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook::event_loop {

/// Sends each text as a datagram, waits for its reply, and writes that to `output` as a line,
/// printable(). Without a text, sends one empty datagram. Throws as udp_server::Caller::call() and
/// print_line() do.
asio::awaitable<void> ask(HostPort server, std::vector<std::string> texts,
                          udp_server::Retries retries, std::FILE* output);

}  // namespace cookbook::event_loop
