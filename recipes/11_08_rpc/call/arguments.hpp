// The arguments of a call, in the order of the parameters.
#pragma once

#include <string>
#include <vector>

#include "builtins.hpp"
#include "call.hpp"

namespace cookbook::rpc {

/// A function's name and those of its parameters, as Python would declare them: {"x", "y"}. One
/// more at the end that begins with an asterisk, {"type", "*args"}, is a tuple of all further
/// arguments.
struct Signature {
    std::string function;
    std::vector<std::string> parameters;
};

/// A function does not take the arguments that it was called with.
class ArgumentError : public TypeError {
    using TypeError::TypeError;
};

/// One value per parameter. Throws ArgumentError, in CPython's words, for the first thing that is
/// wrong in CPython's order: "add() missing 1 required positional argument: 'y'".
std::vector<Value> bind_arguments(const Signature& signature, const Call& call);

}  // namespace cookbook::rpc
