#include "dispatcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace cookbook::xml_rpc {
namespace {

[[noreturn]] void refuse_arguments(std::string_view name, const std::string& what) {
    throw Fault(wrong_arguments, fmt::format("{}: {}", name, what));
}

/// "2 arguments", "1 to 2 arguments".
std::string count_of(const Method& method) {
    const std::size_t max = method.parameters.size();
    const std::string least =
        method.required() < max ? fmt::format("{} to ", method.required()) : "";
    return fmt::format("{}{} argument{}", least, max, max == 1 ? "" : "s");
}

/// Throws Fault if the arguments are not those that the method takes.
void check_arguments(std::string_view name, const Method& method,
                     std::span<const Value> arguments) {
    // [step 4] As many arguments as the function has parameters, each of its type.
    if (arguments.size() < method.required() || arguments.size() > method.parameters.size()) {
        refuse_arguments(name, fmt::format("takes {}, not {}", count_of(method), arguments.size()));
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const Parameter& parameter = method.parameters[i];
        if (!parameter.accepts(arguments[i])) {
            refuse_arguments(name, fmt::format("argument {} must be {}, not {}", i + 1,
                                               parameter.type, arguments[i].type()));
        }
    }
    // [end]
}

}  // namespace

std::size_t Method::required() const {
    std::size_t count = parameters.size();
    while (count > 0 && parameters[count - 1].is_optional) {
        --count;
    }
    return count;
}

Value call_method(std::string_view name, const Method& method, Array arguments) {
    check_arguments(name, method, arguments);
    arguments.resize(method.parameters.size());  // what was left out is nil
    try {
        return method.invoke(arguments);
    } catch (const Fault&) {
        throw;
    } catch (const std::exception& failure) {
        throw Fault(function_failed, failure.what());
    }
}

Value Dispatcher::call(std::string_view name, Array arguments) const {
    const auto found = methods_.find(name);
    if (found == methods_.end()) {
        throw Fault(no_such_method, fmt::format("no method {}", name));
    }
    return call_method(name, found->second, std::move(arguments));
}

}  // namespace cookbook::xml_rpc
