#include "handler.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cookbook::rpc {

void RpcHandler::add(Signature signature, std::size_t parameter_count, Function function) {
    if (signature.parameters.size() != parameter_count) {
        throw std::invalid_argument(fmt::format("{}() has {} parameters, but {} names",
                                                signature.function, parameter_count,
                                                signature.parameters.size()));
    }
    std::string name = signature.function;
    functions_.insert_or_assign(std::move(name), Entry{std::move(signature), std::move(function)});
}

Result RpcHandler::call(const Call& call, const Context& context) const {
    const auto found = functions_.find(call.function);
    if (found == functions_.end()) {
        throw UnknownFunction(call.function);
    }
    const auto& [signature, function] = found->second;
    return function(signature, bind_arguments(signature, call), context);
}

}  // namespace cookbook::rpc
