// The objects that travel in messages, Python's plain data, and where a Value keeps them.
#pragma once

#include <atomic>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "big_integer.hpp"

namespace cookbook::messaging {

class Value;

struct None {};

/// Python's bytes, beside std::string, which is Python's str in UTF-8 (lone surrogates, which
/// Python allows in a str, are kept in the three bytes that UTF-8 would give them).
struct Bytes {
    std::string data;
};

template <typename Tag>
struct Sequence {
    std::vector<Value> items;
};
using List = Sequence<struct ListTag>;
using Tuple = Sequence<struct TupleTag>;
/// Sets and dicts keep what came, in the order in which it came.
using Set = Sequence<struct SetTag>;
using FrozenSet = Sequence<struct FrozenSetTag>;

struct Dict {
    std::vector<std::pair<Value, Value>> items;

    /// The value of a key that is a str; null if there is none. Takes linear time, which is fine
    /// for the few names in a message. If the peer has sent the key twice, the last one counts.
    [[nodiscard]] const Value* find(std::string_view key) const;
};

/// All that a Value may hold. Integers beyond 64 bits are BigIntegers, the others never.
using Types = boost::mp11::mp_list<None, bool, std::int64_t, double, BigInteger, std::string, Bytes,
                                   List, Tuple, Dict, Set, FrozenSet>;
template <typename T>
concept ValueType = boost::mp11::mp_contains<Types, T>::value;

namespace detail {

/// A class or function that a pickle names. Never in a Value that leaves the decoder.
struct Global {
    std::string module;
    std::string name;
};
using AllTypes = boost::mp11::mp_push_back<Types, Global>;

}  // namespace detail

/// The position of a type in AllTypes, and its name in Python.
enum class Kind : std::uint8_t {
    // clang-format off
    none, boolean, integer, real, big_integer, text, bytes, list, tuple, dict, set, frozen_set, global
    // clang-format on
};
template <typename T>
inline constexpr Kind kind_of = static_cast<Kind>(boost::mp11::mp_find<detail::AllTypes, T>::value);
std::string_view name_of(Kind kind);

/// A value is not of the type that was asked for: "expected list, not str".
class TypeError : public std::runtime_error {
public:
    TypeError(Kind expected, Kind found);
};

namespace detail {

/// One object, shared by all Values that are copies of one another.
struct Node {
    explicit Node(Kind kind_of_object)
        : kind(kind_of_object),
          hashable(kind != Kind::list && kind != Kind::dict && kind != Kind::set) {}

    // Each thread keeps some dead nodes for its next ones (value.cpp).
    static void* operator new(std::size_t size);
    static void operator delete(void* memory, std::size_t size) noexcept;

    std::atomic<std::uint32_t> owners{1};
    Kind kind;
    // While a decoder builds objects step by step: whether another one holds it already, whether it
    // may be a key, and what it takes written out in full.
    bool sealed = false;
    bool hashable;
    union {
        std::uint64_t weight = 0;
        Node* next_dead;  // once nobody owns it
    };
};

template <typename T>
struct Box : Node {
    template <typename... Arguments>
    explicit Box(Arguments&&... arguments)
        : Node(kind_of<T>), object{std::forward<Arguments>(arguments)...} {}
    T object;
};

}  // namespace detail

}  // namespace cookbook::messaging
