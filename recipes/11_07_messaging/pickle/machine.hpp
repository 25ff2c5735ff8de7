// The machine that runs a pickle: a stack of objects, marks on it, and a memo of those that are
// referred to again. decode.cpp reads the program, calls.cpp knows what its names and calls mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "11_07_messaging/value/value.hpp"
#include "pickle.hpp"

namespace cookbook::messaging {

/// What the machine refuses to do. The reader adds which opcode wanted it.
class Refusal : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The memory that an object takes, without that of the values in it.
std::size_t size_of(const Value& value);

/// All members throw Refusal if the program makes no sense or wants too much.
class PickleMachine {
public:
    PickleMachine(std::size_t max_memory, const PickleHook& hook);

    void push(Value value) {
        if (value.boxed()) {
            weigh(value);
        }
        push_known(std::move(value));
    }
    const Value& pop();  // valid until the next one
    void duplicate() { push_known(top()); }

    void mark() { marks_.push_back(stack_.size()); }
    void pop_to_mark();

    /// MEMOIZE numbers objects by itself, BINPUT gives the number.
    void memoize() {
        const Value& value = top();
        charge(sizeof(Remembered));
        memo_.push_back({value.kind_, value.payload_});
    }
    void memoize(std::size_t number, std::size_t max_number);
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

    /// Pushes the name of a class or function, if it is one of the few that mean plain data or if
    /// there is a hook.
    void name(std::string_view module, std::string_view name);
    /// Makes what a name and its arguments mean.
    void reduce();
    /// Drops the state of an object that the hook has made.
    void build();

    /// What the program has made: the one object left. Ends the machine's use.
    Value result();

private:
    using Items = std::vector<Value>;
    enum class Hashed { none, keys, all };

    /// What the memo has is never the last reference: all that was made is kept until the end.
    struct Remembered {
        Kind kind;
        Value::Payload payload;
    };

    struct Name {
        std::string_view module;
        std::string_view name;
        bool operator==(const Name&) const = default;
    };
    /// A call that protocols 2 and 3 write for plain data.
    struct Call {
        Name name;
        bool (PickleMachine::*make)(const Items& arguments);  // false if they are others
    };
    static const std::array<Call, 7> harmless_calls;

    // A few short ones are here, so that every instruction has them in line.
    void charge(std::size_t bytes) {
        used_ += bytes;
        if (used_ > max_memory_) {
            refuse_memory();
        }
    }
    [[noreturn]] void refuse_memory() const;
    void weigh(const Value& object);
    void push_known(Value value) {
        charge(sizeof(Value));
        stack_.push_back(std::move(value));
    }
    Value& top() {
        if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) {
            throw Refusal("the stack is empty");
        }
        return stack_.back();
    }
    std::size_t take_mark();
    std::span<Value> topmost(std::size_t count);
    Items take(std::size_t count);
    void drop(std::size_t count) { stack_.resize(stack_.size() - count); }

    void hold(detail::Node& container, std::span<const Value> items, Hashed hashed);
    template <typename T>
    void make(Items items, Hashed hashed);
    template <typename T>
    T& held_below(std::size_t count, Hashed hashed);
    template <typename T>
    void add(std::size_t count, Hashed hashed);

    bool make_set(const Items& arguments);
    bool make_frozen_set(const Items& arguments);
    bool push_items(const Items& arguments);
    bool make_empty_bytes(const Items& arguments);
    bool make_bytes(const Items& arguments);
    void make_by_hook(const detail::Global& global, const Value& arguments);

    std::size_t max_memory_;
    std::size_t used_ = 0;
    const PickleHook& hook_;
    Items stack_;
    std::vector<std::size_t> marks_;
    std::vector<Remembered> memo_;
    Items popped_;
};

}  // namespace cookbook::messaging
