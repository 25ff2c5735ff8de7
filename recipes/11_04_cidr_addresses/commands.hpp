// What the client commands do.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "network.hpp"

namespace cookbook::cidr_addresses {

// Each returns the exit status. A reader of stdout that has seen enough ends the printing, quietly;
// other failures to write throw system_error.

/// Prints the addresses of `network`, or only those for hosts, one a line, until the last.
int list_addresses(const Network& network, bool hosts_only);

/// Prints "yes", status 0, or "no", status 1.
int print_contains(const Network& network, const Address& address);

/// Prints info() of each text, or of each line of `input`, which may have any bytes.
int print_info(const std::vector<std::string>& texts, HostBits host_bits);
int print_info(std::istream& input, HostBits host_bits);

}  // namespace cookbook::cidr_addresses
