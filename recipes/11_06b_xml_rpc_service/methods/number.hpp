// The types of parameters and results that callers know as a number.
#pragma once

#include <cstdint>
#include <variant>

#include "11_06_xml_rpc/value/conversion.hpp"

namespace cookbook::xml_rpc_service {

/// An integer of up to 64 bits. Its type is called int: few callers know another one.
struct Integer {
    std::int64_t number;
};

/// An integer or a double, and no boolean.
using Number = std::variant<std::int64_t, double>;

}  // namespace cookbook::xml_rpc_service

namespace cookbook::xml_rpc {

template <>
struct Conversion<xml_rpc_service::Integer> {
    using Integer = xml_rpc_service::Integer;
    static constexpr std::string_view name() { return "int"; }
    static bool accepts(const Value& value) { return Conversion<std::int64_t>::accepts(value); }
    static Integer take(Value& value) { return {Conversion<std::int64_t>::take(value)}; }
    static Value make(Integer integer) { return integer.number; }
};

template <>
struct Conversion<xml_rpc_service::Number> {
    using Number = xml_rpc_service::Number;
    static constexpr std::string_view name() { return "number"; }  // none of XML-RPC's
    static bool accepts(const Value& value) { return Conversion<double>::accepts(value); }
    static Number take(Value& value) {
        const auto* integer = value.get_if<std::int64_t>();
        return integer != nullptr ? Number(*integer) : Number(*value.get_if<double>());
    }
    static Value make(Number number) {
        return std::visit([](auto content) { return Value(content); }, number);
    }
};

}  // namespace cookbook::xml_rpc
