#include "value.hpp"

#include <algorithm>
#include <array>
#include <ranges>

namespace cookbook::messaging {
namespace {

const Value* item_of(const Dict& dict, std::size_t position) {
    if (position / 2 >= dict.items.size()) {
        return nullptr;
    }
    const auto& [key, value] = dict.items[position / 2];
    return position % 2 == 0 ? &key : &value;
}
template <typename Tag>
const Value* item_of(const Sequence<Tag>& sequence, std::size_t position) {
    return position < sequence.items.size() ? &sequence.items[position] : nullptr;
}
const Value* item_of(const auto& /*scalar*/, std::size_t /*position*/) {
    return nullptr;
}

void destroy(detail::Node* node) {
    boost::mp11::mp_with_index<boost::mp11::mp_size<Types>>(
        static_cast<std::size_t>(node->kind), [node](auto index) {
            delete static_cast<detail::Box<boost::mp11::mp_at<Types, decltype(index)>>*>(node);
        });
}

}  // namespace

const Value* Dict::find(std::string_view key) const {
    const auto is_the_key = [key](const auto& item) {
        const auto* text = item.first.template get_if<std::string>();
        return text && *text == key;
    };
    const auto found = std::ranges::find_if(items.rbegin(), items.rend(), is_the_key);
    return found == items.rend() ? nullptr : &found->second;
}

std::string_view name_of(Kind kind) {
    constexpr std::array<std::string_view, boost::mp11::mp_size<Types>::value> names = {
        "None",  "bool", "int",   "float", "int", "str",
        "bytes", "list", "tuple", "dict",  "set", "frozenset"};
    return names[static_cast<std::size_t>(kind)];
}

TypeError::TypeError(Kind expected, Kind found)
    : std::runtime_error("expected " + std::string(name_of(expected)) + ", not " +
                         std::string(name_of(found))) {}

const Value* item_at(const Value& container, std::size_t position) {
    return container.visit([&](const auto& object) { return item_of(object, position); });
}

void Value::release(detail::Node* node) noexcept {
    // Nobody else can count up what has one owner, so that one needs no atomic subtraction.
    if (node->owners.load(std::memory_order_acquire) != 1 &&
        node->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    if (node->kind < Kind::list) {
        destroy(node);
        return;
    }
    // A container may be the last owner of another one, and so on, thousands deep. So the dead
    // queue up for the one that is being buried first, instead of recursing.
    static thread_local detail::Node* dead = nullptr;
    static thread_local bool burying = false;
    node->next_dead = std::exchange(dead, node);
    if (std::exchange(burying, true)) {
        return;
    }
    while (dead) {
        destroy(std::exchange(dead, dead->next_dead));
    }
    burying = false;
}

}  // namespace cookbook::messaging
