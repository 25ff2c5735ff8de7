// What a pickle's names and calls mean.
#include <algorithm>
#include <optional>
#include <string>

#include "11_07_messaging/value/text.hpp"
#include "common/net/utf8.hpp"
#include "machine.hpp"

namespace cookbook::messaging {
namespace {

[[noreturn]] void refuse_name(std::string_view module, std::string_view name) {
    throw Refusal("it names " + printable(brief(module)) + "." + printable(brief(name)) +
                  ", code that Python would run");
}

}  // namespace

/// The calls that protocols 2 and 3 cannot do without. Whatever else a pickle names, Python would
/// import and call: os.system, for one.
const std::array<PickleMachine::Call, 7> PickleMachine::harmless_calls = {
    {{{"builtins", "set"}, &PickleMachine::make_set},
     {{"__builtin__", "set"}, &PickleMachine::make_set},
     {{"builtins", "frozenset"}, &PickleMachine::make_frozen_set},
     {{"__builtin__", "frozenset"}, &PickleMachine::make_frozen_set},
     {{"builtins", "bytes"}, &PickleMachine::make_empty_bytes},
     {{"__builtin__", "bytes"}, &PickleMachine::make_empty_bytes},
     {{"_codecs", "encode"}, &PickleMachine::make_bytes}}};

void PickleMachine::name(std::string_view module, std::string_view name) {
    // [step 5] Know the few names that mean plain data, and refuse all others.
    const auto* call = std::ranges::find(harmless_calls, Name{module, name}, &Call::name);
    if (call == harmless_calls.end() && !hook_) {
        refuse_name(module, name);
    }
    // [end]
    charge(module.size() + name.size());
    push(Value(new detail::Box<detail::Global>(std::string(module), std::string(name))));
}

void PickleMachine::reduce() {
    const Value arguments = pop();
    const Value callable = pop();
    const auto* tuple = arguments.get_if<Tuple>();
    if (callable.kind() != Kind::global || !tuple) {
        throw Refusal("it calls what is no function");
    }
    const auto& global = callable.get<detail::Global>();
    const Name name = {global.module, global.name};
    const auto* call = std::ranges::find(harmless_calls, name, &Call::name);
    if (call == harmless_calls.end()) {
        make_by_hook(global, arguments);
    } else if (!(this->*call->make)(tuple->items)) {
        throw Refusal("it calls " + global.name + " with other arguments than a pickler would");
    }
}

/// As the instructions of protocol 4 make one. Each item is paid for when it is pushed: a pickle
/// can have a long list copied for each of its bytes.
bool PickleMachine::make_set(const Items& arguments) {
    push(Set{});
    if (!push_items(arguments)) {
        return false;
    }
    add_to_mark();
    return true;
}

bool PickleMachine::make_frozen_set(const Items& arguments) {
    if (!push_items(arguments)) {
        return false;
    }
    make_frozen_set();
    return true;
}

/// A mark, and on it the items of the list that is the only argument.
bool PickleMachine::push_items(const Items& arguments) {
    if (arguments.size() != 1) {
        return false;
    }
    mark();
    for (const Value& item : arguments[0].as<List>().items) {
        push_known(item);
    }
    return true;
}

bool PickleMachine::make_empty_bytes(const Items& arguments) {
    if (!arguments.empty()) {
        return false;
    }
    push(Bytes{});
    return true;
}

bool PickleMachine::make_bytes(const Items& arguments) {
    if (arguments.size() != 2 || arguments[1].as<std::string>() != "latin1") {
        return false;
    }
    push(Bytes{to_latin1(arguments[0].as<std::string>())});
    return true;
}

/// What the hook makes counts as holding a copy of all that it is given.
void PickleMachine::make_by_hook(const detail::Global& global, const Value& arguments) {
    const std::size_t given =
        global.module.size() + global.name.size() + arguments.payload_.node->weight;
    charge(given);
    std::optional<Value> made = hook_(global.module, global.name, arguments.as<Tuple>());
    if (!made) {
        refuse_name(global.module, global.name);
    }
    if (made->boxed()) {
        detail::Node& node = *made->payload_.node;
        node.weight += size_of(*made) + given;
        node.sealed = true;
        charge(size_of(*made));
    }
    push_known(std::move(*made));
}

void PickleMachine::build() {
    if (!hook_) {
        throw Refusal("it would have Python run code");
    }
    pop();
}

}  // namespace cookbook::messaging
