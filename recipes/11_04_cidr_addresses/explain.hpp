// Why a text was refused: the slow path, walked only when parse.hpp has said no.
//
// Each function has the words of the CPython 3.13 constructor that it is named for, and presumes
// that the text is broken.
#pragma once

#include <string>
#include <string_view>

#include "address.hpp"

namespace cookbook::cidr_addresses {

/// IPv4Address(text), IPv6Address(text): "Octet 256 (> 255) not permitted in '1.2.3.256'".
std::string explain_address(Version version, std::string_view text);

/// IPv4Network(text), IPv6Network(text), and the same for Interface: "'33' is not a valid netmask".
/// Not for host bits: a text with those parses.
std::string explain_cidr(Version version, std::string_view text);

/// The part of explain_address() behind the search for slashes and scopes.
std::string explain_groups(std::string_view text);

}  // namespace cookbook::cidr_addresses
