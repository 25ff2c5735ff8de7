#include "method_table.hpp"

#include <fmt/format.h>

namespace cookbook::xml_rpc_service {
namespace {

[[noreturn]] void refuse_name(std::string_view name) {
    throw Fault(xml_rpc::no_such_method, fmt::format("no method {}", name));
}

/// Throws Fault if the caller may not call the method.
void authorize(const Caller& caller, std::string_view name, const Entry& entry) {
    // [step 3] Tell whoever lacks the method's role which one that is. (stub: ;)
    if (!caller.has(entry.role)) {
        throw Fault(forbidden, fmt::format("{} needs the role {}", name, entry.role));
    }
    // [end]
}

}  // namespace

const Entry& MethodTable::find(std::string_view name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
        refuse_name(name);
    }
    return found->second;
}

const Entry& MethodTable::find_for(const Caller& caller, std::string_view name) const {
    const Entry& entry = find(name);
    if (!caller.has(entry.role)) {
        refuse_name(name);
    }
    return entry;
}

Value MethodTable::call(const Caller& caller, std::string_view name, Array arguments) const {
    const Entry& entry = find(name);
    authorize(caller, name, entry);
    return entry.bind ? call_method(name, entry.bind(caller), std::move(arguments))
                      : call_method(name, entry.method, std::move(arguments));
}

}  // namespace cookbook::xml_rpc_service
