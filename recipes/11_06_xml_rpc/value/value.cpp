#include "value.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace cookbook::xml_rpc {
namespace {

bool is_container(const Value& value) {
    return value.get_if<Array>() != nullptr || value.get_if<Struct>() != nullptr;
}

Value& value_of(Value& item) {
    return item;
}
Value& value_of(Member& member) {
    return member.value;
}

/// Moves the containers out of a container: what is left can be destroyed without recursion.
template <typename Items>
void take_containers(Items& items, Array& taken) {
    for (auto& item : items) {
        if (is_container(value_of(item))) {
            taken.push_back(std::exchange(value_of(item), Value()));
        }
    }
}

/// A pair of values that are still to be copied, or compared.
template <typename Target>
struct Pair {
    const Value* source;
    Target* target;
};

bool fits_32_bits(std::int64_t number) {
    using Limits = std::numeric_limits<std::int32_t>;
    return number >= Limits::min() && number <= Limits::max();
}

}  // namespace

// Not in the header: there Member is not complete, and so nothing that may have to destroy one.
Value::Value() noexcept = default;
Value::Value(Nil) noexcept {}
Value::Value(Scalar, bool truth) noexcept : data_(truth) {}
Value::Value(Scalar, std::int64_t number) noexcept : data_(number) {}
Value::Value(double real) noexcept : data_(real) {}
Value::Value(std::string text) noexcept : data_(std::move(text)) {}
Value::Value(std::string_view text) : data_(std::string(text)) {}
Value::Value(const char* text) : data_(std::string(text)) {}
Value::Value(Bytes bytes) noexcept : data_(std::move(bytes)) {}
Value::Value(DateTime time) noexcept : data_(std::move(time)) {}
Value::Value(Array items) noexcept : data_(std::move(items)) {}
Value::Value(Struct members) noexcept : data_(std::move(members)) {}

Value::Value(Value&& other) noexcept : data_(std::move(other.data_)) {}

Value& Value::operator=(Value other) noexcept {
    data_.swap(other.data_);
    return *this;
}

Value::~Value() {
    if (is_container(*this)) {
        dismantle();
    }
}

/// Its own list of what is still to be destroyed, in the place of a stack of destructors.
void Value::dismantle() noexcept {
    Array pending;
    const auto take = [&](Value& value) {
        if (auto* items = value.get_if<Array>()) {
            take_containers(*items, pending);
        } else if (auto* members = value.get_if<Struct>()) {
            take_containers(*members, pending);
        }
    };
    take(*this);
    while (!pending.empty()) {
        Value value = std::move(pending.back());
        pending.pop_back();
        take(value);  // none is left within, so its own destructor finds nothing to take
    }
}

Value::Value(const Value& other) {
    std::vector<Pair<Value>> pending = {{&other, this}};
    while (!pending.empty()) {
        const auto [source, target] = pending.back();
        pending.pop_back();
        if (const auto* items = source->get_if<Array>()) {
            auto& copies = target->data_.emplace<Array>(items->size());
            for (std::size_t i = 0; i < items->size(); ++i) {
                pending.push_back({&(*items)[i], &copies[i]});
            }
        } else if (const auto* members = source->get_if<Struct>()) {
            auto& copies = target->data_.emplace<Struct>(members->size());
            for (std::size_t i = 0; i < members->size(); ++i) {
                copies[i].name = (*members)[i].name;
                pending.push_back({&(*members)[i].value, &copies[i].value});
            }
        } else {
            target->data_ = source->data_;
        }
    }
}

bool operator==(const Value& one, const Value& other) {
    std::vector<Pair<const Value>> pending = {{&one, &other}};
    while (!pending.empty()) {
        const auto [left, right] = pending.back();
        pending.pop_back();
        if (left->data_.index() != right->data_.index()) {
            return false;
        }
        if (const auto* items = left->get_if<Array>()) {
            const auto& others = *right->get_if<Array>();
            if (items->size() != others.size()) {
                return false;
            }
            for (std::size_t i = 0; i < items->size(); ++i) {
                pending.push_back({&(*items)[i], &others[i]});
            }
        } else if (const auto* members = left->get_if<Struct>()) {
            const auto& others = *right->get_if<Struct>();
            if (!std::ranges::equal(*members, others, {}, &Member::name, &Member::name)) {
                return false;
            }
            for (std::size_t i = 0; i < members->size(); ++i) {
                pending.push_back({&(*members)[i].value, &others[i].value});
            }
        } else if (left->data_ != right->data_) {
            return false;
        }
    }
    return true;
}

std::string_view Value::type() const noexcept {
    constexpr std::string_view names[] = {"nil",    "boolean",          "int",   "double", "string",
                                          "base64", "dateTime.iso8601", "array", "struct"};
    const auto* number = get_if<std::int64_t>();
    return number != nullptr && !fits_32_bits(*number) ? "i8" : names[data_.index()];
}

const Value* find(const Struct& members, std::string_view name) noexcept {
    const auto found = std::ranges::find(members, name, &Member::name);
    return found == members.end() ? nullptr : &found->value;
}

Struct to_struct(std::span<std::string> names, std::span<Value> values) {
    Struct members;
    members.reserve(names.size());                   // so that names stay where they are
    std::map<std::string_view, std::size_t> places;  // by hash, a peer could make it a square
    for (std::size_t i = 0; i < names.size(); ++i) {
        members.push_back({std::move(names[i]), {}});
        const auto [place, is_new] = places.try_emplace(members.back().name, members.size() - 1);
        if (!is_new) {
            members.pop_back();
        }
        members[place->second].value = std::move(values[i]);
    }
    return members;
}

}  // namespace cookbook::xml_rpc
