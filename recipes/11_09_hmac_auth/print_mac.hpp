// The command `mac`: the HMAC of stdin.
#pragma once

#include "mac.hpp"

namespace cookbook::hmac_auth {

/// Reads stdin to its end and prints its MAC in hex, as one line. Throws std::system_error, "read
/// stdin: reason" or "write output: reason".
void print_mac(Mac mac);

}  // namespace cookbook::hmac_auth
