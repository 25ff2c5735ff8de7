// The lesson: a function of any types becomes one of Values. What the types are is deduced from its
// declaration; nobody writes them twice.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "arguments.hpp"
#include "common/async/asio.hpp"
#include "convert.hpp"

namespace cookbook::rpc {

/// What a call gives: its result at once, or the coroutine that will have it.
using Result = std::variant<Value, asio::awaitable<Value>>;

/// What a function may know of its call, if its first parameter is one of these, which has no name.
struct Context {
    using clock = asio::steady_timer::clock_type;
    /// When the caller gives up. The function is cancelled then; its own calls get what is left.
    clock::time_point deadline = clock::time_point::max();

    /// Nothing if the caller waits as long as it takes.
    [[nodiscard]] std::optional<clock::duration> time_left() const {
        const bool is_limited = deadline != clock::time_point::max();
        return is_limited ? std::optional(deadline - clock::now()) : std::nullopt;
    }
};

/// Any function, behind one type: called with one value per parameter.
using Function = std::function<Result(const Signature& signature, const std::vector<Value>& values,
                                      const Context& context)>;

/// A value as a parameter of type T. Throws ArgumentError: "add() argument 'x' must be int, not
/// str".
template <typename T>
T convert(const Signature& signature, std::size_t position, const Value& value) {
    std::optional<T> converted = Conversion<T>::from(value);
    if (!converted) {
        throw ArgumentError(fmt::format("{}() argument '{}' must be {}, not {}", signature.function,
                                        signature.parameters[position], Conversion<T>::name(),
                                        messaging::name_of(value.kind())));
    }
    return std::move(*converted);
}

/// All of them; braces see to it that the first wrong one is found first.
template <typename... P, std::size_t... position>
std::tuple<P...> convert_all(const Signature& signature, const std::vector<Value>& values,
                             std::index_sequence<position...>) {
    return std::tuple<P...>{convert<P>(signature, position, values[position])...};
}

template <typename T>
Result to_result(T result) {
    return Conversion<T>::to(std::move(result));
}
template <typename T>
asio::awaitable<Value> convert_later(asio::awaitable<T> coroutine) {
    co_return Conversion<T>::to(co_await std::move(coroutine));
}
inline asio::awaitable<Value> convert_later(asio::awaitable<void> coroutine) {
    co_await std::move(coroutine);
    co_return None{};
}
template <typename T>
Result to_result(asio::awaitable<T> coroutine) {
    return convert_later(std::move(coroutine));
}

template <typename R, typename... P>
Result call_with(const auto& function, const Signature& signature,
                 const std::vector<Value>& values) {
    auto arguments =
        convert_all<std::decay_t<P>...>(signature, values, std::index_sequence_for<P...>());
    if constexpr (std::is_void_v<R>) {
        std::apply(function, std::move(arguments));
        return None{};
    } else {
        return to_result(std::apply(function, std::move(arguments)));
    }
}

template <typename R, typename... P>
Function erase_types(std::function<R(P...)> function) {
    return [function = std::move(function)](const Signature& signature,
                                            const std::vector<Value>& values, const Context&) {
        return call_with<R, P...>(function, signature, values);
    };
}
template <typename R, typename... P>
Function erase_types(std::function<R(Context, P...)> function) {
    return
        [function = std::move(function)](const Signature& signature,
                                         const std::vector<Value>& values, const Context& context) {
            const auto rest = [&](auto&&... arguments) {
                return function(context, std::forward<decltype(arguments)>(arguments)...);
            };
            return call_with<R, P...>(rest, signature, values);
        };
}

template <typename R, typename... P>
constexpr std::size_t count_parameters(const std::function<R(P...)>& /*function*/) {
    return sizeof...(P);
}
template <typename R, typename... P>
constexpr std::size_t count_parameters(const std::function<R(Context, P...)>& /*function*/) {
    return sizeof...(P);
}

}  // namespace cookbook::rpc
