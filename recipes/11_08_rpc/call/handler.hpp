// The functions that peers may call.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "deduce.hpp"

namespace cookbook::rpc {

/// There is no function of that name.
class UnknownFunction : public KeyError {
    using KeyError::KeyError;
};

/// Functions by their names.
///
///     RpcHandler handler;
///     handler.register_function("add", [](int x, int y) { return x + y; }, {"x", "y"});
class RpcHandler {
public:
    /// `callable` is a function, a lambda or another object with one operator(). Its parameters and
    /// its result are of types that Conversion knows; the result may also be void, or an
    /// asio::awaitable: a coroutine, which takes its parameters by value. A first parameter of type
    /// Context has no name. Throws
    /// std::invalid_argument if there are not as many names as parameters.
    template <typename Callable>
    void register_function(std::string name, Callable callable,
                           std::vector<std::string> parameters) {
        std::function function(std::move(callable));  // deduces the types
        const std::size_t count = count_parameters(function);
        add({std::move(name), std::move(parameters)}, count, erase_types(std::move(function)));
    }

    /// Calls the function. Throws UnknownFunction, ArgumentError if its parameters do not take the
    /// arguments, OverflowError for an int that is too large for one of them, and what the function
    /// throws. A coroutine runs when it is awaited, and the handler must live until it ends.
    [[nodiscard]] Result call(const Call& call, const Context& context = {}) const;

private:
    struct Entry {
        Signature signature;
        Function function;
    };

    void add(Signature signature, std::size_t parameter_count, Function function);

    std::map<std::string, Entry, std::less<>> functions_;
};

}  // namespace cookbook::rpc
