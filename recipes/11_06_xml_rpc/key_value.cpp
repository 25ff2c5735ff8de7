#include "key_value.hpp"

#include <stdexcept>

#include "value/walk.hpp"

namespace cookbook::xml_rpc {
namespace {

[[noreturn]] void fail_with_key(const std::string& name) {
    throw std::out_of_range("KeyError: " + name);
}

/// Adds up the memory of what walk() visits.
class MemoryCount {
public:
    void scalar(const auto&) {}
    void scalar(const std::string& text) { total_ += text.capacity(); }
    void scalar(const Bytes& bytes) { total_ += bytes.data.capacity(); }
    void scalar(const DateTime& time) { total_ += time.text.capacity(); }
    void begin(const Array& items) { total_ += items.capacity() * sizeof(Value); }
    void begin(const Struct& members) { total_ += members.capacity() * sizeof(Member); }
    void item(std::size_t) {}
    void member(std::size_t, const std::string& name) { total_ += name.capacity(); }
    void end(const auto&) {}

    [[nodiscard]] std::size_t total() const { return total_; }

private:
    std::size_t total_ = 0;
};

/// The bytes that an entry takes, with its node in the map.
std::size_t memory_of(const std::string& name, const Value& value) {
    constexpr std::size_t node = 48;  // three links, a colour, malloc's own
    MemoryCount count;
    walk(value, count);
    return node + sizeof(Member) + name.capacity() + count.total();
}

}  // namespace

Value KeyValueStore::get(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) {
        fail_with_key(name);
    }
    return found->second;
}

void KeyValueStore::set(std::string name, Value value) {
    name.shrink_to_fit();  // what is counted is what is kept
    const auto found = values_.find(name);
    const std::size_t freed = found != values_.end() ? memory_of(found->first, found->second) : 0;
    const std::size_t needed = memory_of(name, value);
    if (needed > max_size_ - (size_ - freed)) {
        throw std::length_error("MemoryError: the store is full");
    }
    values_.insert_or_assign(std::move(name), std::move(value));
    size_ = size_ - freed + needed;
}

void KeyValueStore::remove(const std::string& name) {
    const auto found = values_.find(name);
    if (found == values_.end()) {
        fail_with_key(name);
    }
    size_ -= memory_of(found->first, found->second);
    values_.erase(found);
}

bool KeyValueStore::exists(const std::string& name) const {
    return values_.contains(name);
}

std::vector<std::string> KeyValueStore::keys() const {
    std::vector<std::string> names;
    names.reserve(values_.size());
    for (const auto& [name, value] : values_) {
        names.push_back(name);
    }
    return names;
}

void register_store(Dispatcher& dispatcher, KeyValueStore& store) {
    dispatcher.register_function("get", [&](const std::string& name) { return store.get(name); });
    dispatcher.register_function("set", [&](std::string name, Value value) {
        store.set(std::move(name), std::move(value));
    });
    dispatcher.register_function("delete", [&](const std::string& name) { store.remove(name); });
    dispatcher.register_function("exists",
                                 [&](const std::string& name) { return store.exists(name); });
    dispatcher.register_function("keys", [&] { return store.keys(); });
}

}  // namespace cookbook::xml_rpc
