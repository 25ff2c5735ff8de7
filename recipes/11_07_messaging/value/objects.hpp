// The objects that travel in messages, Python's plain data, and where a Value keeps them.
#pragma once

#include <atomic>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
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

    /// The value of a key that is a str; null where there is none. Linear, as lookups in the
    /// handful of names that messages have may be. Where a peer sent the key twice, the last wins.
    [[nodiscard]] const Value* find(std::string_view key) const;
};

/// All that a Value may hold. Integers beyond 64 bits are BigIntegers, the others never.
using Types = boost::mp11::mp_list<None, bool, std::int64_t, double, BigInteger, std::string, Bytes,
                                   List, Tuple, Dict, Set, FrozenSet>;
template <typename T>
concept ValueType = boost::mp11::mp_contains<Types, T>::value;

/// The position of a type in Types, and its name in Python.
enum class Kind : std::uint8_t {
    // clang-format off
    none, boolean, integer, real, big_integer, text, bytes, list, tuple, dict, set, frozen_set
    // clang-format on
};
template <ValueType T>
inline constexpr Kind kind_of = static_cast<Kind>(boost::mp11::mp_find<Types, T>::value);
std::string_view name_of(Kind kind);

/// A value is not of the type that was asked for: "expected list, not str".
class TypeError : public std::runtime_error {
public:
    TypeError(Kind expected, Kind found);
};

namespace detail {

/// How far an object has come in a decoder.
enum class State : std::uint8_t { open, sealed, callable };

/// One object, shared by all Values that are copies of one another.
struct Node {
    explicit Node(Kind kind_of_object)
        : kind(kind_of_object),
          hashable(kind != Kind::list && kind != Kind::dict && kind != Kind::set) {}

    std::atomic<std::uint32_t> owners{1};
    Kind kind;
    // The rest is for decoders, which build objects step by step, and for the burial of the dead.
    State state = State::open;
    bool hashable;
    std::uint64_t weight = 0;  // of all that it holds, written out in full
    Node* next_dead = nullptr;
};

template <typename T>
struct Box : Node {
    template <typename... Arguments>
    explicit Box(Arguments&&... arguments)
        : Node(kind_of<T>), object(std::forward<Arguments>(arguments)...) {}
    T object;
};

}  // namespace detail

}  // namespace cookbook::messaging
