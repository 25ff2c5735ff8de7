#include "value.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <ranges>
#include <utility>

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

/// The memory of nodes that died on this thread, for its next ones: a message makes and drops them
/// by the thousand, and malloc() and free() take a third of a decoder's time.
class SpareNodes {
public:
    static constexpr std::size_t node_size = sizeof(detail::Box<std::string>);

    ~SpareNodes() {
        count_ = max_count;  // static Values die after the thread's own objects
        while (first_) {
            ::operator delete(std::exchange(first_, first_->next));
        }
    }

    void* take() {
        if (!first_) {
            return ::operator new(node_size);
        }
        --count_;
        return std::exchange(first_, first_->next);
    }

    void give(void* memory) noexcept {
        if (count_ == max_count) {
            ::operator delete(memory);
            return;
        }
        ++count_;
        first_ = new (memory) Spare{first_};
    }

private:
    struct Spare {
        Spare* next;
    };
#ifdef NDEBUG
    static constexpr std::size_t max_count = 4096;
#else
    static constexpr std::size_t max_count = 0;  // a sanitizer sees each node live and die
#endif

    Spare* first_ = nullptr;
    std::size_t count_ = 0;
};
constinit thread_local SpareNodes spare_nodes;

void destroy(detail::Node* node) {
    using detail::AllTypes;
    boost::mp11::mp_with_index<boost::mp11::mp_size<AllTypes>>(
        static_cast<std::size_t>(node->kind), [node](auto index) {
            delete static_cast<detail::Box<boost::mp11::mp_at<AllTypes, decltype(index)>>*>(node);
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
    constexpr std::array<std::string_view, boost::mp11::mp_size<detail::AllTypes>::value> names = {
        "None",
        "bool",
        "int",
        "float",
        "int",
        "str",
        "bytes",
        "list",
        "tuple",
        "dict",
        "set",
        "frozenset",
        "class or function"};
    return names[static_cast<std::size_t>(kind)];
}

TypeError::TypeError(Kind expected, Kind found)
    : std::runtime_error("expected " + std::string(name_of(expected)) + ", not " +
                         std::string(name_of(found))) {}

const Value* item_at(const Value& container, std::size_t position) {
    return container.visit([&](const auto& object) { return item_of(object, position); });
}

void* detail::Node::operator new(std::size_t size) {
    return size <= SpareNodes::node_size ? spare_nodes.take() : ::operator new(size);
}

void detail::Node::operator delete(void* memory, std::size_t size) noexcept {
    if (size <= SpareNodes::node_size) {
        spare_nodes.give(memory);
    } else {
        ::operator delete(memory);
    }
}

void Value::release(detail::Node* node) noexcept {
    // A sole owner has no rival who could count up: it needs no atomic subtraction.
    if (node->owners.load(std::memory_order_acquire) != 1 &&
        node->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    if (node->kind < Kind::list || node->kind == Kind::global) {
        destroy(node);
        return;
    }
    // A container may be the last owner of another one, and so on, thousands deep. Dead nodes are
    // queued and destroyed one after another, by the outermost call: no recursion.
    static thread_local detail::Node* dead = nullptr;
    static thread_local bool is_destroying = false;
    node->next_dead = std::exchange(dead, node);
    if (std::exchange(is_destroying, true)) {
        return;
    }
    while (dead) {
        destroy(std::exchange(dead, dead->next_dead));
    }
    is_destroying = false;
}

}  // namespace cookbook::messaging
