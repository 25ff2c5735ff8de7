// The functions of the recipe's own server.
#pragma once

#include <memory>

#include "call/handler.hpp"

namespace cookbook::rpc {

/// add(x, y), sub(x, y), divide(x, y), echo(value), sleep(seconds), fail(type, *args), and those of
/// the examples in the specification of JSON-RPC 2.0 (section 7).
std::shared_ptr<const RpcHandler> example_functions();

}  // namespace cookbook::rpc
