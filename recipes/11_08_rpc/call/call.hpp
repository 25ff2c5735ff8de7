// A call, whatever form it travels in.
#pragma once

#include <string>
#include <vector>

#include "11_07_messaging/value/value.hpp"

namespace cookbook::rpc {

using messaging::Bytes;
using messaging::Dict;
using messaging::List;
using messaging::None;
using messaging::Tuple;
using messaging::Value;

/// An argument that is given by its parameter's name.
struct Keyword {
    std::string name;
    Value value;
};

/// `function(*args, **kwargs)`, as Python writes it.
struct Call {
    std::string function;
    std::vector<Value> args;
    std::vector<Keyword> kwargs;  // of two with the same name the last one counts
};

}  // namespace cookbook::rpc
