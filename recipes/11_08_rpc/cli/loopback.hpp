// ZeroMQ on the command line: it has no key, so it is for this machine alone.
#pragma once

#include <CLI/CLI.hpp>

#include "common/net/address.hpp"

namespace cookbook::rpc {

/// --zmq, which has no UNIX sockets. Call it after messaging::add_settings().
void add_zmq(CLI::App& command, bool& zmq);

/// The address with an IP address as its host. Throws CLI::ValidationError if that is none of
/// loopback's, std::system_error if there is no such host.
HostPort loopback_address(const HostPort& address);

}  // namespace cookbook::rpc
