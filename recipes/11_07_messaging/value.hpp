// The objects that travel in messages: Python's plain data, as values of C++.
#pragma once

#include <atomic>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
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

/// A value is not of the type that was asked for: "expected a list, not a str".
class TypeError : public std::runtime_error {
public:
    TypeError(Kind expected, Kind found);
};

namespace detail {

/// How far an object has come in a decoder.
enum class State : std::uint8_t { open, sealed, callable };

/// What is too large for a Value itself, shared by all its copies.
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

/// One object. Immutable and shared: a copy costs one count, whatever the size; an object that a
/// message refers to twice is there once. There are no cycles. Safe to copy and read on several
/// threads; destroyed without recursion, however deep.
///
///     const Value reply = List{{1, "two", Dict{{{"three", 3.0}}}}};
///     for (const Value& item : reply.as<List>().items) …
class Value {
public:
    // NOLINTBEGIN(google-explicit-constructor): literals are written as they are in Python
    Value() noexcept = default;
    Value(None) noexcept {}
    Value(std::same_as<bool> auto truth) noexcept
        : kind_(Kind::boolean), payload_{.truth = truth} {}
    Value(double real) noexcept : kind_(Kind::real), payload_{.real = real} {}
    template <std::integral T>
        requires(!std::same_as<T, bool> && (std::signed_integral<T> || sizeof(T) < 8))
    Value(T number) noexcept : kind_(Kind::integer), payload_{.number = number} {}
    template <ValueType T>
        requires(kind_of<T> >= Kind::big_integer)
    Value(T object) : kind_(kind_of<T>), payload_{.node = new detail::Box<T>(std::move(object))} {}
    Value(std::string_view text)
        : kind_(Kind::text), payload_{.node = new detail::Box<std::string>(text)} {}
    Value(const char* text) : Value(std::string_view(text)) {}
    // NOLINTEND(google-explicit-constructor)

    Value(const Value& other) noexcept : Value(other.kind_, other.payload_) {}
    Value(Value&& other) noexcept : kind_(other.kind_), payload_(other.payload_) {
        other.kind_ = Kind::none;
    }
    Value& operator=(Value other) noexcept {
        std::swap(kind_, other.kind_);
        std::swap(payload_, other.payload_);
        return *this;
    }
    ~Value() {
        if (boxed()) {
            release(payload_.node);
        }
    }

    [[nodiscard]] Kind kind() const noexcept { return kind_; }

    /// Null where it holds another type.
    template <ValueType T>
    [[nodiscard]] const T* get_if() const noexcept {
        return kind_ == kind_of<T> ? &get<T>() : nullptr;
    }

    /// Throws TypeError where it holds another type.
    template <ValueType T>
    [[nodiscard]] const T& as() const {
        if (kind_ != kind_of<T>) {
            throw TypeError(kind_of<T>, kind_);
        }
        return get<T>();
    }

    /// Calls `visitor` with what it holds, a const reference to one of Types.
    template <typename Visitor>
    decltype(auto) visit(Visitor&& visitor) const {
        return boost::mp11::mp_with_index<boost::mp11::mp_size<Types>>(
            static_cast<std::size_t>(kind_), [&](auto index) -> decltype(auto) {
                return visitor(get<boost::mp11::mp_at<Types, decltype(index)>>());
            });
    }

    /// Whether another Value may hold the same object, and which object it is: null for those that
    /// are not shared (None, bool, float, small integers).
    [[nodiscard]] bool shared() const noexcept {
        return boxed() && payload_.node->owners.load(std::memory_order_relaxed) > 1;
    }
    [[nodiscard]] const void* identity() const noexcept {
        return boxed() ? payload_.node : nullptr;
    }

private:
    friend class PickleMachine;

    union Payload {
        std::int64_t number;
        bool truth;
        double real;
        detail::Node* node;
    };

    /// One more owner of the same object.
    Value(Kind kind, Payload payload) noexcept : kind_(kind), payload_(payload) {
        if (boxed()) {
            payload_.node->owners.fetch_add(1, std::memory_order_relaxed);
        }
    }
    [[nodiscard]] bool boxed() const noexcept { return kind_ >= Kind::big_integer; }
    static void release(detail::Node* node) noexcept;

    template <typename T>
    [[nodiscard]] const T& get() const noexcept {
        if constexpr (std::same_as<T, None>) {
            static constexpr None none;
            return none;
        } else if constexpr (std::same_as<T, bool>) {
            return payload_.truth;
        } else if constexpr (std::same_as<T, std::int64_t>) {
            return payload_.number;
        } else if constexpr (std::same_as<T, double>) {
            return payload_.real;
        } else {
            return static_cast<const detail::Box<T>*>(payload_.node)->object;
        }
    }

    Kind kind_ = Kind::none;
    Payload payload_{.number = 0};
};

/// The Values directly in a container, one by one, a dict's keys and values in turn; null beyond
/// the last one, and for what is no container.
const Value* item_at(const Value& container, std::size_t position);

}  // namespace cookbook::messaging
