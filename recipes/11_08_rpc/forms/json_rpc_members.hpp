// What requests and responses of JSON-RPC have in common.
#pragma once

#include <string>

#include "11_08_rpc/call/call.hpp"

namespace cookbook::rpc {

/// On one line, as every other program reads JSON. Throws as messaging::to_json() does, if JSON has
/// no word for something in it.
std::string to_plain_json(const Value& value);

/// Whether it may be an id: a str, a number or None.
bool is_id(const Value& value);

/// Whether the member "jsonrpc", null if there is none, says "2.0".
bool is_version(const Value* version);

}  // namespace cookbook::rpc
