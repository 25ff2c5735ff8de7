// The outermost layer: what is stored and still holds is told without asking anybody.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "11_01b_resilient_client/rules/cache_store.hpp"
#include "11_01b_resilient_client/rules/freshness.hpp"
#include "layer.hpp"

namespace cookbook::resilient_client {

/// A private cache (RFC 9111) for GET. Several calls may be under way at once.
class Cache {
public:
    /// `next` is who is asked.
    Cache(std::uint64_t max_bytes, Freshness freshness, Layer next)
        : store_(max_bytes), freshness_(freshness), next_(std::move(next)) {}

    asio::awaitable<Result> send(Call& call);

    /// Responses told without asking, and after a 304.
    [[nodiscard]] std::uint64_t hits() const noexcept { return hits_; }
    [[nodiscard]] std::uint64_t revalidated() const noexcept { return revalidated_; }

private:
    asio::awaitable<Result> pass_by(Call& call);
    asio::awaitable<Result> ask(Call& call, std::string url, std::shared_ptr<const Stored> stored);
    Result take_over(const std::string& url, const Request& request, const Stored& stored,
                     const Response& not_modified, WallTime requested);
    void keep(const std::string& url, const Request& request, const Response& response,
              WallTime requested);

    CacheStore store_;
    Freshness freshness_;
    Layer next_;
    std::uint64_t hits_ = 0;
    std::uint64_t revalidated_ = 0;
};

/// Whether the cache has nothing to do with a request: another method than GET, one with a body,
/// one for a part, or one whose conditions are the caller's own.
[[nodiscard]] bool passes_cache_by(const Request& request);

}  // namespace cookbook::resilient_client
