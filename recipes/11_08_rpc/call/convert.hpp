// Between Values and the types of C++: what a parameter of each type takes, what a result becomes.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "builtins.hpp"
#include "call.hpp"

namespace cookbook::rpc {

/// For each type: its name in Python, for messages; what it makes of a Value, nullopt if that is of
/// another type; and the Value that it becomes. As here, for those that a Value holds.
template <typename T>
struct Conversion {
    static std::string name() { return std::string(messaging::name_of(messaging::kind_of<T>)); }
    static std::optional<T> from(const Value& value) {
        const T* held = value.get_if<T>();
        return held ? std::optional(*held) : std::nullopt;
    }
    static Value to(T object) { return Value(std::move(object)); }
};

/// Any object.
template <>
struct Conversion<Value> {
    static std::string name() { return "object"; }
    static std::optional<Value> from(const Value& value) { return value; }
    static Value to(Value value) { return value; }
};

/// Throws OverflowError for an int that does not fit. A bool is no int here.
template <std::integral T>
    requires(!std::same_as<T, bool>)
struct Conversion<T> {
    static std::string name() { return "int"; }
    static std::optional<T> from(const Value& value) {
        const auto* number = value.get_if<std::int64_t>();
        if (value.kind() == messaging::Kind::big_integer ||
            (number && !std::in_range<T>(*number))) {
            throw OverflowError("Python int too large to convert to C long");
        }
        return number ? std::optional(static_cast<T>(*number)) : std::nullopt;
    }
    static Value to(T number) { return number; }
};

/// Takes an int, too, as every function of Python's that expects a float.
template <>
struct Conversion<double> {
    static std::string name() { return "float"; }
    static std::optional<double> from(const Value& value) {
        if (const auto* real = value.get_if<double>()) {
            return *real;
        }
        const auto whole = Conversion<std::int64_t>::from(value);
        return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
    }
    static Value to(double real) { return real; }
};

/// Whatever one of the types takes, the first one that does.
template <typename First, typename... Others>
struct Conversion<std::variant<First, Others...>> {
    using Variant = std::variant<First, Others...>;

    static std::string name() {
        return (Conversion<First>::name() + ... + (" or " + Conversion<Others>::name()));
    }
    static std::optional<Variant> from(const Value& value) {
        std::optional<Variant> result;
        const auto accept = [&](auto converted) {
            if (converted) {
                result = std::move(*converted);
            }
            return converted.has_value();
        };
        (accept(Conversion<First>::from(value)) || ... || accept(Conversion<Others>::from(value)));
        return result;
    }
    static Value to(Variant variant) {
        return std::visit(
            [](auto& object) { return Conversion<std::decay_t<decltype(object)>>::to(object); },
            variant);
    }
};

/// A list or a tuple, all of whose items are of the type.
template <typename T>
struct Conversion<std::vector<T>> {
    static std::string name() { return "list of " + Conversion<T>::name(); }
    static std::optional<std::vector<T>> from(const Value& value) {
        const auto* list = value.get_if<List>();
        const auto* tuple = value.get_if<Tuple>();
        if (!list && !tuple) {
            return std::nullopt;
        }
        std::vector<T> objects;
        for (const Value& item : list ? list->items : tuple->items) {
            auto object = Conversion<T>::from(item);
            if (!object) {
                return std::nullopt;
            }
            objects.push_back(std::move(*object));
        }
        return objects;
    }
    static Value to(std::vector<T> objects) {
        List list;
        for (T& object : objects) {
            list.items.push_back(Conversion<T>::to(std::move(object)));
        }
        return list;
    }
};

}  // namespace cookbook::rpc
