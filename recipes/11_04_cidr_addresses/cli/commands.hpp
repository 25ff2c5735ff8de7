// What the client commands do.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "11_04_cidr_addresses/network.hpp"

namespace cookbook::cidr_addresses {

// If the reader of stdout closes it, printing ends without an error; other failures to write throw
// std::system_error.

/// Prints the addresses of `network`, or only those that hosts may have, one per line.
void list_addresses(const Network& network, bool hosts_only);

/// Prints "yes" or "no"; returns the exit status, 0 or 1.
int print_contains(const Network& network, const Address& address);

/// Prints info() of each text, or of each line of `input`, stdin, which may contain any bytes.
/// Throws std::system_error, "read stdin: reason".
void print_info(const std::vector<std::string>& texts, HostBits host_bits);
void print_info(std::istream& input, HostBits host_bits);

}  // namespace cookbook::cidr_addresses
