// What the executable shows without arguments.
#pragma once

namespace cookbook::cidr_addresses {

/// Lists a network, looks at an interface, and is admitted and refused by a server.
void demo();

}  // namespace cookbook::cidr_addresses
