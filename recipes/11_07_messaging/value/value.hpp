// One object of any of the types in objects.hpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "objects.hpp"

namespace cookbook::messaging {

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
    Value(T object) : Value(new detail::Box<T>(std::move(object))) {}
    Value(std::string_view text) : Value(new detail::Box<std::string>(text)) {}
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

    /// Null if it holds another type.
    template <ValueType T>
    [[nodiscard]] const T* get_if() const noexcept {
        return kind_ == kind_of<T> ? &get<T>() : nullptr;
    }

    /// Throws TypeError if it holds another type.
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

    /// The first owner of an object.
    explicit Value(detail::Node* node) noexcept : kind_(node->kind), payload_{.node = node} {}
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

/// The Values directly in a container, one by one, a dict's keys and values in turn. Null after the
/// last one, and if `container` does not contain any.
const Value* item_at(const Value& container, std::size_t position);

}  // namespace cookbook::messaging
