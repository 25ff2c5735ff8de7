// Addresses and networks on the command line. Text that does not parse is a usage error with the
// parser's message. The variable that takes an option's value must outlive the command.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "11_04_cidr_addresses/network.hpp"

namespace cookbook::cidr_addresses {

/// The required argument "network"; host bits are cleared.
void add_network(CLI::App& command, Network& network);

/// An option with any number of networks. One with host bits set is refused, or they are cleared.
void add_networks(CLI::App& command, const std::string& name, std::vector<Network>& networks,
                  const std::string& description, HostBits host_bits = HostBits::clear);

/// The required argument "address".
void add_address(CLI::App& command, Address& address);

}  // namespace cookbook::cidr_addresses
