#include "machine.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "11_07_messaging/value/text.hpp"

namespace cookbook::messaging {
namespace {

/// The names that protocols 2 and 3 cannot do without, and what they stand for. Whatever else a
/// pickle names, Python would import and call: os.system, for one.
struct Name {
    std::string_view module;
    std::string_view name;
};
constexpr std::array<Name, 7> harmless_names = {{{"builtins", "set"},
                                                 {"__builtin__", "set"},
                                                 {"builtins", "frozenset"},
                                                 {"__builtin__", "frozenset"},
                                                 {"builtins", "bytes"},
                                                 {"__builtin__", "bytes"},
                                                 {"_codecs", "encode"}}};

[[noreturn]] void refuse_more_than(std::size_t memory) {
    throw Refusal("it takes more than " + std::to_string(memory) + " bytes of memory");
}

}  // namespace

void PickleMachine::charge(std::size_t bytes) {
    used_ += bytes;
    if (used_ > memory_) {
        refuse_more_than(memory_);
    }
}

void PickleMachine::push(Value value) {
    charge(sizeof(Value) + (value.shared() ? 0 : size_of(value)));
    stack_.push_back(std::move(value));
}

Value& PickleMachine::top() {
    if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) {
        throw Refusal("the stack is empty");
    }
    return stack_.back();
}

const Value& PickleMachine::pop() {
    popped_.push_back(std::move(top()));
    stack_.pop_back();
    return popped_.back();
}

void PickleMachine::pop_to_mark() {
    const std::size_t count = take_mark();
    std::ranges::move(topmost(count), std::back_inserter(popped_));
    stack_.resize(stack_.size() - count);
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

PickleMachine::Items PickleMachine::take(std::size_t count) {
    const std::span<Value> source = topmost(count);
    Items items(std::make_move_iterator(source.begin()), std::make_move_iterator(source.end()));
    stack_.resize(stack_.size() - count);
    return items;
}

void PickleMachine::memoize() {
    const Value& value = top();
    charge(sizeof(Remembered));
    memo_.push_back({value.kind_, value.payload_});
}

void PickleMachine::memoize(std::size_t number, std::size_t most) {
    // Picklers count up from zero, so a number beyond the bytes read so far wastes memory.
    if (number > most) {
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
    push(Value(memo_[number].kind, memo_[number].payload));
}

/// An object is filled while nothing holds it, and sealed once something does. Real picklers keep
/// to that order unless an object contains itself; so there are no cycles, and what an object
/// weighs is known when it is put into another.
void PickleMachine::put(const Value& item, detail::Node& container, Hash hash) {
    container.weight += sizeof(Value) + size_of(item);
    if (item.boxed()) {
        detail::Node& node = *item.payload_.node;
        if (node.state == detail::State::callable) {
            throw Refusal("a class or function is no data");
        }
        if (hash == Hash::needed && !node.hashable) {
            throw Refusal(std::string(name_of(node.kind)) + " is unhashable");
        }
        node.state = detail::State::sealed;
        container.hashable = container.hashable && node.hashable;
        container.weight += node.weight;
    }
    if (container.state == detail::State::sealed) {
        throw Refusal("an object contains itself");
    }
    if (container.weight > memory_) {
        throw Refusal("written out in full it takes more than " + std::to_string(memory_) +
                      " bytes");
    }
}

template <typename T>
void PickleMachine::make(Items items) {
    Value value = T{std::move(items)};
    auto& box = static_cast<detail::Box<T>&>(*value.payload_.node);
    for (const Value& item : box.object.items) {
        put(item, box, kind_of<T> == Kind::tuple ? Hash::not_needed : Hash::needed);
    }
    push(std::move(value));
}

void PickleMachine::make_tuple(std::size_t size) {
    make<Tuple>(take(size));
}

void PickleMachine::make_frozen_set() {
    make<FrozenSet>(take(take_mark()));
}

/// The container into which the topmost objects are to be put.
template <typename T>
detail::Box<T>& PickleMachine::below(std::span<Value> items) {
    const Value& value = topmost(items.size() + 1).front();
    if (value.kind() != kind_of<T>) {
        throw TypeError(kind_of<T>, value.kind());
    }
    return static_cast<detail::Box<T>&>(*value.payload_.node);
}

template <typename T>
void PickleMachine::add(std::size_t count, Hash hash) {
    const std::span<Value> items = topmost(count);
    detail::Box<T>& box = below<T>(items);
    for (const Value& item : items) {
        put(item, box, hash);
    }
    auto& all = box.object.items;
    all.insert(all.end(), std::make_move_iterator(items.begin()),
               std::make_move_iterator(items.end()));
    stack_.resize(stack_.size() - count);
}

void PickleMachine::append(std::size_t count) {
    add<List>(count, Hash::not_needed);
}

void PickleMachine::add_to_mark() {
    add<Set>(take_mark(), Hash::needed);
}

void PickleMachine::set_items(std::size_t count) {
    if (count % 2 != 0) {
        throw Refusal("a key has no value");
    }
    const std::span<Value> items = topmost(count);
    detail::Box<Dict>& box = below<Dict>(items);
    auto& all = box.object.items;
    if (all.empty()) {
        all.reserve(count / 2);
    }
    for (auto item = items.begin(); item != items.end(); item += 2) {
        put(item[0], box, Hash::needed);
        put(item[1], box, Hash::not_needed);
        all.emplace_back(std::move(item[0]), std::move(item[1]));
    }
    stack_.resize(stack_.size() - count);
}

void PickleMachine::name(std::string_view module, std::string_view name) {
    // [step 5] Know the few names that stand for data, and refuse all others.
    const auto is_it = [&](const Name& known) {
        return known.module == module && known.name == name;
    };
    if (std::ranges::none_of(harmless_names, is_it)) {
        throw Refusal("it names " + printable(module) + "." + printable(name) +
                      ", code that Python would run");
    }
    Value callable = name;
    callable.payload_.node->state = detail::State::callable;
    push(std::move(callable));
    // [end]
}

void PickleMachine::reduce() {
    const Value arguments = pop();
    const Value callable = pop();
    const bool known = callable.boxed() && callable.payload_.node->state == detail::State::callable;
    const Tuple* tuple = arguments.get_if<Tuple>();
    if (!known || !tuple) {
        throw Refusal("it calls what is no function");
    }
    const auto& name = callable.as<std::string>();
    const auto& items = tuple->items;
    if (name == "set" && items.size() == 1) {
        make<Set>(copy_of(items[0].as<List>().items));
    } else if (name == "frozenset" && items.size() == 1) {
        make<FrozenSet>(copy_of(items[0].as<List>().items));
    } else if (name == "bytes" && items.empty()) {
        push(Bytes{});
    } else if (name == "encode" && items.size() == 2 && items[1].as<std::string>() == "latin1") {
        push(Bytes{to_latin1(items[0].as<std::string>())});
    } else {
        throw Refusal("it calls " + name + " with other arguments than a pickler would");
    }
}

/// A pickle can have a long list copied for each of its bytes, so copies are paid for in advance.
PickleMachine::Items PickleMachine::copy_of(const Items& items) {
    charge(items.size() * sizeof(Value));
    return items;
}

Value PickleMachine::result() {
    detail::Node whole(Kind::list);
    Value value = pop();
    put(value, whole, Hash::not_needed);
    if (!stack_.empty() || !marks_.empty()) {
        throw Refusal("objects are left over");
    }
    return value;
}

}  // namespace cookbook::messaging
