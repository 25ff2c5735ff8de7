// The texts of addresses, networks and interfaces: str() of CPython's objects.
#pragma once

#include <charconv>
#include <concepts>
#include <ostream>
#include <string>

#include "11_04_cidr_addresses/interface.hpp"

namespace cookbook::cidr_addresses {

/// Compressed text, for IPv6 that of RFC 5952: "192.0.2.1", "2001:db8::1", "fe80::1%eth0".
std::string to_string(const Address& address);
std::string to_string(const Network& network);      // "192.0.2.0/24"
std::string to_string(const Interface& interface);  // "192.0.2.5/24"

template <typename T>
    requires std::same_as<T, Address> || std::same_as<T, Network> || std::same_as<T, Interface>
std::ostream& operator<<(std::ostream& out, const T& value) {
    return out << to_string(value);
}

/// Writes to_string() into the caller's buffer, as std::to_chars() does: without allocation and
/// without a terminating zero.
std::to_chars_result to_chars(char* first, char* last, const Address& address);

}  // namespace cookbook::cidr_addresses
