#include "machine.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace cookbook::messaging {

std::size_t size_of(const Value& value) {
    constexpr std::size_t object_size = sizeof(detail::Box<std::string>);
    switch (value.kind()) {
        case Kind::text:
            return object_size + value.get_if<std::string>()->size();
        case Kind::bytes:
            return object_size + value.get_if<Bytes>()->data.size();
        case Kind::big_integer:
            return object_size + value.get_if<BigInteger>()->bytes.size();
        default:
            return object_size;
    }
}

PickleMachine::PickleMachine(std::size_t max_memory, const PickleHook& hook)
    : max_memory_(max_memory), hook_(hook) {
    constexpr std::size_t usual_size = 32;  // saves most messages from growing them
    stack_.reserve(usual_size);
    memo_.reserve(usual_size);
}

// --- The stack, the memo and the memory ----------------------------------------------------------

void PickleMachine::refuse_memory() const {
    throw Refusal("it takes more than " + std::to_string(max_memory_) + " bytes of memory");
}

/// Notes what a new object weighs before anything is put into it.
void PickleMachine::weigh(const Value& object) {
    const std::size_t size = size_of(object);
    object.payload_.node->weight = size;
    charge(size);
}

const Value& PickleMachine::pop() {
    popped_.push_back(std::move(top()));
    stack_.pop_back();
    return popped_.back();
}

void PickleMachine::pop_to_mark() {
    const std::size_t count = take_mark();
    std::ranges::move(topmost(count), std::back_inserter(popped_));
    drop(count);
}

/// Removes the mark: how many objects are above it.
std::size_t PickleMachine::take_mark() {
    if (marks_.empty()) {
        throw Refusal("no mark is set");
    }
    const std::size_t position = marks_.back();
    marks_.pop_back();
    return stack_.size() - position;
}

std::span<Value> PickleMachine::topmost(std::size_t count) {
    const std::size_t bottom = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() - bottom < count) {
        throw Refusal("the stack is empty");
    }
    return std::span(stack_).last(count);
}

void PickleMachine::memoize(std::size_t number, std::size_t max_number) {
    // Picklers count up from zero, so a number beyond the bytes read so far wastes memory.
    if (number > max_number) {
        throw Refusal("memo number " + std::to_string(number) + " is out of order");
    }
    const Value& value = top();
    if (number >= memo_.size()) {
        charge((number + 1 - memo_.size()) * sizeof(Remembered));
        memo_.resize(number + 1);
    }
    memo_[number] = {value.kind_, value.payload_};
}

void PickleMachine::recall(std::size_t number) {
    if (number >= memo_.size()) {
        throw Refusal("nothing was memorised as number " + std::to_string(number));
    }
    push_known(Value(memo_[number].kind, memo_[number].payload));
}

PickleMachine::Items PickleMachine::take(std::size_t count) {
    const std::span<Value> source = topmost(count);
    Items items(std::make_move_iterator(source.begin()), std::make_move_iterator(source.end()));
    drop(count);
    return items;
}

// --- The containers ------------------------------------------------------------------------------

/// An object is filled while nothing holds it, and sealed once something does. Real picklers keep
/// to that order unless an object contains itself; so there are no cycles, and what an object
/// weighs is known when it is put into another.
void PickleMachine::hold(detail::Node& container, std::span<const Value> items, Hashed hashed) {
    container.weight += items.size() * sizeof(Value);
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!items[i].boxed()) {
            continue;
        }
        detail::Node& item = *items[i].payload_.node;
        if (item.kind == Kind::global) {
            throw Refusal("a class or function is no data");
        }
        const bool is_key = hashed == Hashed::all || (hashed == Hashed::keys && i % 2 == 0);
        if (is_key && !item.hashable) {
            throw Refusal(std::string(name_of(item.kind)) + " is unhashable");
        }
        item.sealed = true;
        container.hashable = container.hashable && item.hashable;
        container.weight += item.weight;
    }
    if (container.sealed) {
        throw Refusal("an object contains itself");
    }
    if (container.weight > max_memory_) {
        throw Refusal("written out in full it takes more than " + std::to_string(max_memory_) +
                      " bytes");
    }
}

template <typename T>
void PickleMachine::make(Items items, Hashed hashed) {
    push(T{std::move(items)});
    auto& box = static_cast<detail::Box<T>&>(*stack_.back().payload_.node);
    hold(box, box.object.items, hashed);
}

void PickleMachine::make_tuple(std::size_t size) {
    make<Tuple>(take(size), Hashed::none);
}

void PickleMachine::make_frozen_set() {
    make<FrozenSet>(take(take_mark()), Hashed::all);
}

/// Has the container below the topmost objects hold them; it has no room for them yet.
template <typename T>
T& PickleMachine::held_below(std::size_t count, Hashed hashed) {
    const std::span<Value> items = topmost(count + 1);
    Value& container = items.front();
    if (container.kind() != kind_of<T>) {
        throw TypeError(kind_of<T>, container.kind());
    }
    auto& box = static_cast<detail::Box<T>&>(*container.payload_.node);
    hold(box, items.subspan(1), hashed);
    return box.object;
}

template <typename T>
void PickleMachine::add(std::size_t count, Hashed hashed) {
    auto& all = held_below<T>(count, hashed).items;
    const std::span<Value> items = topmost(count);
    all.insert(all.end(), std::make_move_iterator(items.begin()),
               std::make_move_iterator(items.end()));
    drop(count);
}

void PickleMachine::append(std::size_t count) {
    add<List>(count, Hashed::none);
}

void PickleMachine::add_to_mark() {
    add<Set>(take_mark(), Hashed::all);
}

void PickleMachine::set_items(std::size_t count) {
    if (count % 2 != 0) {
        throw Refusal("a key has no value");
    }
    auto& all = held_below<Dict>(count, Hashed::keys).items;
    const std::span<Value> items = topmost(count);
    if (all.empty()) {
        all.reserve(count / 2);
    }
    for (std::size_t i = 0; i < count; i += 2) {
        all.emplace_back(std::move(items[i]), std::move(items[i + 1]));
    }
    drop(count);
}

Value PickleMachine::result() {
    detail::Node whole(Kind::list);
    Value value = pop();
    hold(whole, std::span(&value, 1), Hashed::none);
    if (!stack_.empty() || !marks_.empty()) {
        throw Refusal("objects are left over");
    }
    return value;
}

}  // namespace cookbook::messaging
