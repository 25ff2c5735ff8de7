// What a table says of its own methods.
#pragma once

#include "method_table.hpp"

namespace cookbook::xml_rpc_service {

/// Adds system.listMethods, system.methodHelp and system.methodSignature, which show a caller only
/// what that caller may call.
void add_introspection(MethodTable& table);

/// What a method takes and returns, as system.methodSignature says it: an array for each number of
/// arguments that it takes, of the types' names, the result's first. "undef" if one of them is a
/// value of any type, for which XML-RPC has no name.
[[nodiscard]] Value signatures_of(const Method& method);

}  // namespace cookbook::xml_rpc_service
