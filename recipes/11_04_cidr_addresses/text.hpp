// The texts of addresses, networks and interfaces, as CPython's objects have them.
#pragma once

#include <charconv>
#include <concepts>
#include <ostream>
#include <string>

#include "interface.hpp"

namespace cookbook::cidr_addresses {

/// Short text, RFC 5952's for IPv6: "192.0.2.1", "2001:db8::1", "fe80::1%eth0".
std::string to_string(const Address& address);
std::string to_string(const Network& network);      // "192.0.2.0/24"
std::string to_string(const Interface& interface);  // "192.0.2.5/24"

template <typename T>
    requires std::same_as<T, Address> || std::same_as<T, Network> || std::same_as<T, Interface>
std::ostream& operator<<(std::ostream& out, const T& value) {
    return out << to_string(value);
}

/// to_string() into the caller's buffer, as <charconv> does it: no allocation, no terminating zero.
std::to_chars_result to_chars(char* first, char* last, const Address& address);

std::string with_netmask(const Network& network);   // "192.0.2.0/255.255.255.0"
std::string with_hostmask(const Network& network);  // "192.0.2.0/0.0.0.255"
/// CPython leaves the scope out of these three, and prints IPv4-mapped addresses in hexadecimal.
std::string with_prefixlen(const Interface& interface);
std::string with_netmask(const Interface& interface);
std::string with_hostmask(const Interface& interface);

/// Long text: "2001:0db8:0000:0000:0000:0000:0000:0001"; IPv4 has no longer one. Throws ParseError
/// for an address or network with a scope, as CPython does, which takes the scope for a part of the
/// last group.
std::string exploded(const Address& address);
std::string exploded(const Network& network);
std::string exploded(const Interface& interface);

/// The name of the PTR record (RFC 1035 3.5, RFC 3596 2.5): "1.2.0.192.in-addr.arpa". As CPython
/// has it, a prefix length stays in it, in an unlikely place. Throws as exploded() does.
std::string reverse_pointer(const Address& address);
std::string reverse_pointer(const Network& network);
std::string reverse_pointer(const Interface& interface);

}  // namespace cookbook::cidr_addresses
