// The other texts of addresses, networks and interfaces, with CPython's names and quirks.
#pragma once

#include <string>

#include "11_04_cidr_addresses/interface.hpp"

namespace cookbook::cidr_addresses {

std::string with_netmask(const Network& network);   // "192.0.2.0/255.255.255.0"
std::string with_hostmask(const Network& network);  // "192.0.2.0/0.0.0.255"
/// These three omit the scope and write IPv4-mapped addresses in hexadecimal.
std::string with_prefixlen(const Interface& interface);
std::string with_netmask(const Interface& interface);
std::string with_hostmask(const Interface& interface);

/// Long text: "2001:0db8:0000:0000:0000:0000:0000:0001"; for IPv4 the same as to_string(). Throws
/// ParseError for an address or network with a scope, which CPython mistakes for a part of the last
/// group.
std::string exploded(const Address& address);
std::string exploded(const Network& network);
std::string exploded(const Interface& interface);

/// The name of the PTR record (RFC 1035, 3.5; RFC 3596, 2.5): "1.2.0.192.in-addr.arpa". A prefix
/// length stays in the name, as in CPython: "0/24.2.0.192.in-addr.arpa". Throws as exploded() does.
std::string reverse_pointer(const Address& address);
std::string reverse_pointer(const Network& network);
std::string reverse_pointer(const Interface& interface);

}  // namespace cookbook::cidr_addresses
