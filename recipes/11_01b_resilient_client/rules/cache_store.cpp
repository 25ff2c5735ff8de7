#include "cache_store.hpp"

#include <utility>

namespace cookbook::resilient_client {

std::uint64_t bytes_of(const std::string& url, const Stored& stored) {
    constexpr std::uint64_t overhead = 512;                      // nodes, strings
    constexpr std::uint64_t of_field = 4 * sizeof(std::size_t);  // where its parts begin
    const http_client::Response& response = stored.response;
    std::uint64_t bytes = overhead + url.size() + response.status_line.size() +
                          response.fields.size() * of_field + response.fields.text().size() +
                          response.content.size() + response.url.size();
    for (const auto& field : stored.selected_by) {
        bytes += sizeof(field) + field.first.size() + field.second.size();
    }
    return bytes;
}

std::shared_ptr<const Stored> CacheStore::find(const std::string& url) {
    const auto found = by_url_.find(url);
    if (found == by_url_.end()) {
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->stored;
}

void CacheStore::put(const std::string& url, Stored stored) {
    remove(url);
    const std::uint64_t bytes = bytes_of(url, stored);
    if (bytes > max_bytes_) {
        return;
    }
    while (bytes_ > max_bytes_ - bytes) {
        remove(std::string(entries_.back().url));
    }
    entries_.push_front({url, std::make_shared<const Stored>(std::move(stored)), bytes});
    by_url_.emplace(entries_.front().url, entries_.begin());
    bytes_ += bytes;
}

void CacheStore::remove(const std::string& url) {
    const auto found = by_url_.find(url);
    if (found == by_url_.end()) {
        return;
    }
    const Entries::iterator entry = found->second;
    bytes_ -= entry->bytes;
    by_url_.erase(found);
    entries_.erase(entry);
}

}  // namespace cookbook::resilient_client
