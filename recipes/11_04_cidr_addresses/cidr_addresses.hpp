// 11.4 CIDR addresses
//
// Problem:  text such as "123.45.67.89/27" names addresses: list them, test whether a peer has one
//           of them, print them as every other program does, and refuse what only looks like one.
// Solution: three value types, Address, Network and Interface, whose texts and errors are those of
//           Python's ipaddress. CIDR is Classless Inter-Domain Routing (RFC 4632).
//
// Start with network.hpp: a network is a prefix and a range of addresses. Then text/dotted_quad.cpp
// (text to bits) and text/format.cpp (bits to text). cpython/ has CPython's error messages and the
// quirks that the recipe keeps; server/ admits peers by their address.
#pragma once

#include "address.hpp"           // Address: parse(), try_parse(), bits(), is_private() …
#include "cpython/forms.hpp"     // exploded(), reverse_pointer(), with_netmask() …
#include "interface.hpp"         // Interface: address(), network()
#include "network.hpp"           // Network: contains(), hosts(), subnets(), any_contains() …
#include "server/admission.hpp"  // Admission: allow and deny lists for the peers of a server
#include "text/text.hpp"         // to_string(), to_chars(), operator<<
