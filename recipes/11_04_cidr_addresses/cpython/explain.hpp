// Why a text was refused: the slow path, taken only after text/parse.hpp has refused it.
//
// Each function returns the message of the CPython 3.13 constructor named in its comment. Its
// argument must be a text that the constructor refuses.
#pragma once

#include <string>
#include <string_view>

#include "11_04_cidr_addresses/address.hpp"

namespace cookbook::cidr_addresses {

/// IPv4Address(text), IPv6Address(text): "Octet 256 (> 255) not permitted in '1.2.3.256'".
std::string explain_address(Version version, std::string_view text);

/// IPv4Network(text), IPv6Network(text), and the same for Interface: "'33' is not a valid netmask".
/// Not about host bits: a text with those parses.
std::string explain_cidr(Version version, std::string_view text);

/// IPv6Address(text) for a text without a slash or scope.
std::string explain_groups(std::string_view text);

}  // namespace cookbook::cidr_addresses
