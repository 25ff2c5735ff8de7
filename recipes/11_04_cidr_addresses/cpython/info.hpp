// Everything that CPython knows about a text, as JSON.
#pragma once

#include <string>
#include <string_view>

#include "11_04_cidr_addresses/network.hpp"

namespace cookbook::cidr_addresses {

/// One line of JSON without a line feed: {"text": …, "address": …, "network": …, "interface": …}.
/// The last three describe what Address::parse(), Network::parse() and Interface::parse() return:
/// the properties of CPython's objects under their names, or {"error": message}. A property that
/// raises in CPython (exploded, of an address with a scope) is {"error": message}.
std::string info(std::string_view text, HostBits host_bits);

}  // namespace cookbook::cidr_addresses
