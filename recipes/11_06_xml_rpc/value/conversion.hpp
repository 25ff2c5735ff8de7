// C++ types as values: what a function's signature means, and what a caller expects back.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "value.hpp"

namespace cookbook::xml_rpc {

/// How T travels: name(), its type in XML-RPC; accepts(), whether a value is one; take(), the T of
/// a value that is accepted; make(), the value of a T. T may be bool, a signed integer, double
/// (which accepts an integer, too), std::string, Bytes, DateTime, Struct, Value (anything), an
/// optional (nil if there is nothing), a vector or a map from std::string of these.
template <typename T>
struct Conversion;

/// A type that a value holds as it is.
template <typename T>
struct HeldAsIs {
    static bool accepts(const Value& value) { return value.get_if<T>() != nullptr; }
    static T take(Value& value) { return std::move(*value.get_if<T>()); }
    static Value make(T content) { return std::move(content); }
};
template <>
struct Conversion<bool> : HeldAsIs<bool> {
    static constexpr std::string_view name() { return "boolean"; }
};
template <>
struct Conversion<std::string> : HeldAsIs<std::string> {
    static constexpr std::string_view name() { return "string"; }
};
template <>
struct Conversion<Bytes> : HeldAsIs<Bytes> {
    static constexpr std::string_view name() { return "base64"; }
};
template <>
struct Conversion<DateTime> : HeldAsIs<DateTime> {
    static constexpr std::string_view name() { return "dateTime.iso8601"; }
};

template <>
struct Conversion<Struct> : HeldAsIs<Struct> {
    static constexpr std::string_view name() { return "struct"; }
};

template <std::signed_integral T>
struct Conversion<T> {
    static constexpr std::string_view name() { return sizeof(T) > 4 ? "i8" : "int"; }
    static bool accepts(const Value& value) {
        const auto* number = value.get_if<std::int64_t>();
        return number != nullptr && std::in_range<T>(*number);
    }
    static T take(Value& value) { return static_cast<T>(*value.get_if<std::int64_t>()); }
    static Value make(T number) { return number; }
};

template <>
struct Conversion<double> {
    static constexpr std::string_view name() { return "double"; }
    static bool accepts(const Value& value) {
        return value.get_if<double>() != nullptr || value.get_if<std::int64_t>() != nullptr;
    }
    static double take(Value& value) {
        const auto* number = value.get_if<std::int64_t>();
        return number != nullptr ? static_cast<double>(*number) : *value.get_if<double>();
    }
    static Value make(double real) { return real; }
};

template <>
struct Conversion<Value> {
    static constexpr std::string_view name() { return "value"; }
    static bool accepts(const Value&) { return true; }
    static Value take(Value& value) { return std::move(value); }
    static Value make(Value value) { return value; }
};

template <typename T>
struct Conversion<std::optional<T>> {
    static constexpr std::string_view name() { return Conversion<T>::name(); }
    static bool accepts(const Value& value) {
        return value.get_if<Nil>() != nullptr || Conversion<T>::accepts(value);
    }
    static std::optional<T> take(Value& value) {
        return value.get_if<Nil>() != nullptr ? std::nullopt
                                              : std::optional<T>(Conversion<T>::take(value));
    }
    static Value make(std::optional<T> content) {
        return content ? Conversion<T>::make(*std::move(content)) : Nil{};
    }
};

template <typename T>
struct Conversion<std::vector<T>> {
    static constexpr std::string_view name() { return "array"; }
    static bool accepts(const Value& value) {
        const auto* items = value.get_if<Array>();
        return items != nullptr && std::ranges::all_of(*items, Conversion<T>::accepts);
    }
    static std::vector<T> take(Value& value) {
        std::vector<T> content;
        for (Value& item : *value.get_if<Array>()) {
            content.push_back(Conversion<T>::take(item));
        }
        return content;
    }
    static Value make(std::vector<T> content) {
        Array items;
        items.reserve(content.size());
        for (auto&& item : content) {
            items.push_back(Conversion<T>::make(std::move(item)));
        }
        return items;
    }
};

template <typename T>
struct Conversion<std::map<std::string, T>> {
    static constexpr std::string_view name() { return "struct"; }
    static bool accepts(const Value& value) {
        const auto* members = value.get_if<Struct>();
        return members != nullptr &&
               std::ranges::all_of(*members, Conversion<T>::accepts, &Member::value);
    }
    static std::map<std::string, T> take(Value& value) {
        std::map<std::string, T> content;
        for (Member& member : *value.get_if<Struct>()) {
            content.emplace(std::move(member.name), Conversion<T>::take(member.value));
        }
        return content;
    }
    static Value make(std::map<std::string, T> content) {
        Struct members;
        for (auto& [name, item] : content) {
            members.push_back({name, Conversion<T>::make(std::move(item))});
        }
        return members;
    }
};

}  // namespace cookbook::xml_rpc
