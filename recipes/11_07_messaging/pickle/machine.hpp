// The machine that a pickle is a program for: a stack of objects, marks on it, and a memo of those
// that are to be referred to again. pickle_decode.cpp reads the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "11_07_messaging/value/value.hpp"

namespace cookbook::messaging {

/// What the machine refuses to do; the reader adds where it was asked to.
class Refusal : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The memory that a value takes, without that of the values in it.
inline std::size_t size_of(const Value& value) {
    constexpr std::size_t object_size = sizeof(detail::Box<Dict>);
    if (const auto* text = value.get_if<std::string>()) {
        return object_size + text->size();
    }
    if (const auto* bytes = value.get_if<Bytes>()) {
        return object_size + bytes->data.size();
    }
    if (const auto* integer = value.get_if<BigInteger>()) {
        return object_size + integer->bytes.size();
    }
    return value.identity() ? object_size : 0;
}

/// All members throw Refusal where the program makes no sense or wants too much.
class PickleMachine {
public:
    explicit PickleMachine(std::size_t memory) : memory_(memory) {}

    void push(Value value);
    const Value& pop();  // valid until the next one
    void duplicate() { push(top()); }

    void mark() { marks_.push_back(stack_.size()); }
    void pop_to_mark();

    /// MEMOIZE numbers objects by itself, BINPUT gives the number.
    void memoize();
    void memoize(std::size_t number, std::size_t most);
    void recall(std::size_t number);

    /// A tuple of the topmost objects, or a tuple or frozenset of those above the mark.
    void make_tuple(std::size_t size);
    void make_tuple_to_mark() { make_tuple(take_mark()); }
    void make_frozen_set();

    /// Put the topmost objects, or those above the mark, into the list, set or dict below.
    void append(std::size_t count = 1);
    void append_to_mark() { append(take_mark()); }
    void add_to_mark();
    void set_items(std::size_t count = 2);
    void set_items_to_mark() { set_items(take_mark()); }

    /// Pushes one of the few names that stand for a kind of data, refuses all others.
    void name(std::string_view module, std::string_view name);
    /// Makes the data that a name and its arguments stand for.
    void reduce();

    /// What the program has made: the one object left. Ends the machine's use.
    Value result();

private:
    using Items = std::vector<Value>;
    enum class Hash { not_needed, needed };

    /// What the memo has is never the last reference: all that was made is kept until the end.
    struct Remembered {
        Kind kind;
        Value::Payload payload;
    };

    // The stack, the memo and the memory: pickle_stack.cpp
    Value& top();
    std::size_t take_mark();
    std::span<Value> topmost(std::size_t count);
    Items take(std::size_t count);
    void charge(std::size_t bytes);

    // The objects: pickle_machine.cpp
    template <typename T>
    detail::Box<T>& below(std::span<Value> items);
    template <typename T>
    void make(Items items);
    template <typename T>
    void add(std::size_t count, Hash hash);
    void put(const Value& item, detail::Node& container, Hash hash);
    Items copy_of(const Items& items);

    std::size_t memory_;
    std::size_t used_ = 0;
    Items stack_;
    std::vector<std::size_t> marks_;
    std::vector<Remembered> memo_;
    Items popped_;
};

}  // namespace cookbook::messaging
