// The original's service: a dictionary that is shared over the network.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "dispatcher.hpp"

namespace cookbook::xml_rpc {

/// Values by name. What it throws says what Python's dict would: "KeyError: name".
class KeyValueStore {
public:
    /// `max_size` bounds names and values together: the bytes of memory that they are kept in.
    explicit KeyValueStore(std::size_t max_size) : max_size_(max_size) {}

    /// Throws std::out_of_range if the name is not there.
    [[nodiscard]] Value get(const std::string& name) const;
    /// Throws std::length_error if that would exceed the limit; then nothing has changed.
    void set(std::string name, Value value);
    /// Throws std::out_of_range if the name is not there.
    void remove(const std::string& name);
    [[nodiscard]] bool exists(const std::string& name) const;
    /// Sorted.
    [[nodiscard]] std::vector<std::string> keys() const;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    std::map<std::string, Value> values_;
    std::size_t max_size_;
    std::size_t size_ = 0;
};

/// Registers get, set, delete, exists and keys. `store` must outlive the dispatcher.
void register_store(Dispatcher& dispatcher, KeyValueStore& store);

}  // namespace cookbook::xml_rpc
