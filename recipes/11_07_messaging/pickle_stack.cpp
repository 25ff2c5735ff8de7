// The stack, the marks, the memo and the memory of a PickleMachine.
#include <algorithm>
#include <iterator>
#include <string>

#include "pickle_machine.hpp"

namespace cookbook::messaging {
namespace {

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

}  // namespace cookbook::messaging
