// What XML-RPC can say: one value of any of its types.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "scalar.hpp"

namespace cookbook::xml_rpc {

class Value;
struct Member;

/// An <array>.
using Array = std::vector<Value>;
/// A <struct>: its members in the order in which they came, each name once.
using Struct = std::vector<Member>;

/// A value. Copied, compared and destroyed without recursion: how deep it is, is the reader's
/// business alone.
///
///     const Value value = Struct{{"name", "Guido"}, {"ages", Array{29, 30.5}}};
class Value {
public:
    using Data =
        std::variant<Nil, bool, std::int64_t, double, std::string, Bytes, DateTime, Array, Struct>;

    // NOLINTBEGIN(google-explicit-constructor): literals are written as they are in Python
    Value() noexcept;
    Value(Nil) noexcept;
    Value(std::same_as<bool> auto truth) noexcept : Value(Scalar{}, truth) {}
    template <std::integral T>
        requires(!std::same_as<T, bool> && (std::signed_integral<T> || sizeof(T) < 8))
    Value(T number) noexcept : Value(Scalar{}, std::int64_t{number}) {}
    Value(double real) noexcept;
    Value(std::string text) noexcept;
    Value(std::string_view text);
    Value(const char* text);
    Value(Bytes bytes) noexcept;
    Value(DateTime time) noexcept;
    Value(Array items) noexcept;
    Value(Struct members) noexcept;
    // NOLINTEND(google-explicit-constructor)

    Value(const Value& other);
    Value(Value&& other) noexcept;
    Value& operator=(Value other) noexcept;
    ~Value();

    /// What it holds; null if that is of another type.
    template <typename T>
    [[nodiscard]] const T* get_if() const noexcept {
        return std::get_if<T>(&data_);
    }
    template <typename T>
    [[nodiscard]] T* get_if() noexcept {
        return std::get_if<T>(&data_);
    }
    [[nodiscard]] const Data& data() const noexcept { return data_; }

    /// The name of its type in XML-RPC: "int" up to 32 bits and "i8" beyond, "boolean", "nil", …
    [[nodiscard]] std::string_view type() const noexcept;

    /// The members of structs are compared in their order.
    friend bool operator==(const Value& one, const Value& other);

private:
    struct Scalar {};
    Value(Scalar, bool truth) noexcept;
    Value(Scalar, std::int64_t number) noexcept;
    void dismantle() noexcept;

    Data data_;
};

/// What a struct has under a name.
struct Member {
    std::string name;
    Value value;

    bool operator==(const Member&) const = default;
};

/// The value under that name; null if there is none.
[[nodiscard]] const Value* find(const Struct& members, std::string_view name) noexcept;

/// Puts values under their names, as many of these as of those, and moves both. Of values that have
/// the same name the last counts, in the place of the first.
[[nodiscard]] Struct to_struct(std::span<std::string> names, std::span<Value> values);

}  // namespace cookbook::xml_rpc
