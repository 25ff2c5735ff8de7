// Responses by their URL, in a limited number of bytes. Pure.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "freshness.hpp"

namespace cookbook::resilient_client {

/// The response that was used least recently goes first. An entry counts with its URL and its
/// fields, not with its body alone: a thousand empty bodies are not nothing.
class CacheStore {
public:
    explicit CacheStore(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

    /// The entry, which is the most recently used one from then on; null if there is none. It
    /// stays as it is, whatever becomes of the store.
    [[nodiscard]] std::shared_ptr<const Stored> find(const std::string& url);
    /// Puts an entry in the place of the one of that URL. One that is larger than the store is not
    /// kept, and nothing else goes for it.
    void put(const std::string& url, Stored stored);
    void remove(const std::string& url);

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        std::string url;
        std::shared_ptr<const Stored> stored;
        std::uint64_t bytes;
    };
    using Entries = std::list<Entry>;

    std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
    Entries entries_;  // the most recently used first
    std::unordered_map<std::string_view, Entries::iterator> by_url_;  // into entries_
};

/// What an entry counts.
[[nodiscard]] std::uint64_t bytes_of(const std::string& url, const Stored& stored);

}  // namespace cookbook::resilient_client
