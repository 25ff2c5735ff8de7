// All that is known about a text, as JSON.
#pragma once

#include <string>
#include <string_view>

#include "network.hpp"

namespace cookbook::cidr_addresses {

/// One line of JSON, without its end: {"text": …, "address": …, "network": …, "interface": …},
/// where the last three are what Address::parse(), Network::parse() and Interface::parse() make of
/// the text: the properties that CPython's objects have, under their names, or {"error": message}.
/// A property that raises in CPython (exploded, of an address with a scope) is {"error": message}.
std::string info(std::string_view text, HostBits host_bits);

}  // namespace cookbook::cidr_addresses
