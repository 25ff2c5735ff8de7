// Values as Python prints them.
#pragma once

#include <string>

#include "call.hpp"

namespace cookbook::rpc {

/// What Python's repr() makes of a value. For messages: whatever is nested very deep or runs very
/// long ends with "...".
std::string repr(const Value& value);

/// What Python's str() makes of it: a str is itself, everything else as repr() has it.
std::string str(const Value& value);

}  // namespace cookbook::rpc
