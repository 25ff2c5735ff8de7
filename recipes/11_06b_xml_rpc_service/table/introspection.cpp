#include "introspection.hpp"

#include <algorithm>
#include <vector>

#include "11_06b_xml_rpc_service/methods/number.hpp"

namespace cookbook::xml_rpc_service {
namespace {

/// Whether the type is one of XML-RPC's.
bool has_name(std::string_view type) {
    return type != xml_rpc::Conversion<Value>::name() &&
           type != xml_rpc::Conversion<Number>::name();
}

/// With so many arguments.
Value signature_of(const Method& method, std::size_t arguments) {
    Array types = {method.result};
    for (std::size_t i = 0; i < arguments; ++i) {
        types.emplace_back(method.parameters[i].type);
    }
    return types;
}

}  // namespace

Value signatures_of(const Method& method) {
    if (!has_name(method.result) ||
        !std::ranges::all_of(method.parameters, has_name, &xml_rpc::Parameter::type)) {
        return "undef";
    }
    Array signatures;
    for (std::size_t count = method.required(); count <= method.parameters.size(); ++count) {
        signatures.push_back(signature_of(method, count));
    }
    return signatures;
}

void add_introspection(MethodTable& table) {
    table.add("system.listMethods", "The names of the methods that you may call, sorted.",
              [&table](const Caller& caller) {
                  std::vector<std::string> names;
                  for (const auto& [name, entry] : table.entries()) {
                      if (caller.has(entry.role)) {
                          names.push_back(name);
                      }
                  }
                  return names;
              });
    table.add("system.methodHelp", "A sentence about a method.",
              [&table](const Caller& caller, const std::string& name) {
                  return table.find_for(caller, name).help;
              });
    table.add("system.methodSignature",
              "The types of a method's result and of its parameters: an array of such arrays.",
              [&table](const Caller& caller, const std::string& name) {
                  return signatures_of(table.find_for(caller, name).method);
              });
}

}  // namespace cookbook::xml_rpc_service
