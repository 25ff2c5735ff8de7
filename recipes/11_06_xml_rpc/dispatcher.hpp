// From the name of a method to the function that is called: its signature is the contract.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fault.hpp"
#include "value/conversion.hpp"

namespace cookbook::xml_rpc {

/// The type of a parameter.
struct Parameter {
    std::string_view type;  // its name in XML-RPC
    bool (*accepts)(const Value&);
    bool is_optional;
};

/// A function that can be called by name.
struct Method {
    std::string_view result;  // its type's name; "nil" of a function that returns nothing
    std::vector<Parameter> parameters;
    /// Takes arguments that the parameters accept, as many as there are; they are moved from.
    std::function<Value(std::span<Value>)> invoke;

    /// How many arguments a call must have: optional ones at the end may be left out.
    [[nodiscard]] std::size_t required() const;
};

namespace detail {

template <typename Result, typename... Arguments, std::size_t... indices>
Value invoke(const std::function<Result(Arguments...)>& function, std::span<Value> values,
             std::index_sequence<indices...>) {
    const auto call = [&]() -> Result {
        return function(Conversion<std::remove_cvref_t<Arguments>>::take(values[indices])...);
    };
    if constexpr (std::is_void_v<Result>) {
        call();
        return Nil{};
    } else {
        return Conversion<std::remove_cvref_t<Result>>::make(call());
    }
}

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
Parameter parameter() {
    return {Conversion<T>::name(), Conversion<T>::accepts, is_optional<T>};
}

template <typename T>
constexpr std::string_view result_name() {
    if constexpr (std::is_void_v<T>) {
        return "nil";
    } else {
        return Conversion<std::remove_cvref_t<T>>::name();
    }
}

}  // namespace detail

/// The entry of a function. Each of its types has a Conversion; it may return nothing.
template <typename Result, typename... Arguments>
Method make_method(std::function<Result(Arguments...)> function) {
    return {detail::result_name<Result>(),
            {detail::parameter<std::remove_cvref_t<Arguments>>()...},
            [function = std::move(function)](std::span<Value> values) {
                return detail::invoke(function, values, std::index_sequence_for<Arguments...>());
            }};
}

/// Calls a method, which errors call `name`. Throws Fault, and nothing else: wrong_arguments if
/// their number or a type is not the function's; function_failed with what() of what the function
/// throws; a Fault of its own passes.
[[nodiscard]] Value call_method(std::string_view name, const Method& method, Array arguments);

/// Methods by name. Calling is safe on several threads, if the functions are.
///
///     Dispatcher dispatcher;
///     dispatcher.register_function("add", [](int a, int b) { return a + b; });
class Dispatcher {
public:
    using Methods = std::map<std::string, Method, std::less<>>;

    /// Registers a function or function object, in the place of what has that name already.
    template <typename Function>
    void register_function(std::string name, Function function) {
        methods_.insert_or_assign(std::move(name), make_method(std::function(std::move(function))));
    }

    /// Calls a method. Throws Fault, and nothing else: no_such_method, and as call_method() does.
    [[nodiscard]] Value call(std::string_view name, Array arguments) const;

    /// What is registered: the names, and the signatures.
    [[nodiscard]] const Methods& methods() const noexcept { return methods_; }

private:
    Methods methods_;
};

}  // namespace cookbook::xml_rpc
