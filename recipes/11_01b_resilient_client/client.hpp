// The layers put together: a client that goes on where a single request would fail.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "layers/layer.hpp"
#include "layers/pool.hpp"
#include "layers/retries.hpp"
#include "places.hpp"
#include "rules/breaker.hpp"
#include "rules/retry.hpp"

namespace cookbook::resilient_client {

struct ClientOptions {
    PoolOptions pool = {};
    RetryPolicy retry = {};
    std::uint32_t budget = 10;
    BreakerPolicy breaker = {};                           // max_failures 0: none
    std::uint64_t cache = std::uint64_t{64} << 20U;       // bytes; 0: none
    std::optional<std::chrono::seconds> flat_cache = {};  // the rule of Freshness
    Retries::Random random = {};                          // instead of dice of its own
};

struct FetchOptions {
    std::optional<std::chrono::steady_clock::time_point> end = {};  // of all attempts
    Place* place = nullptr;  // given back while the request waits for its next attempt
    unsigned* cancelled_attempts = nullptr;  // so many were begun, if the caller is cancelled
};

struct FetchAllOptions {
    std::size_t concurrency = 20;  // requests at once, at least 1
    bool fail_fast = false;        // the first failure cancels the rest
};

/// What a client has done so far.
struct Statistics {
    std::uint64_t requests = 0;     // that it was asked for
    std::uint64_t connections = 0;  // opened
    std::uint64_t retries = 0;
    std::uint64_t hits = 0;
    std::uint64_t revalidated = 0;
    std::uint64_t opened = 0;  // circuits
};

/// Sends requests through cache, circuit breaker, retries and pool, in this order. Redirects are
/// responses like any other. Many requests may be under way at once, on one thread or strand.
///
///     Client client;
///     const Result result = co_await client.fetch({.url = "https://example.org/"});
///     fmt::print("{}\n", result ? result->content : result.error().reason);
class Client {
public:
    explicit Client(ClientOptions options = {});
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    /// The response, or why there is none. Throws only if the caller is cancelled. The client must
    /// outlive it.
    asio::awaitable<Result> fetch(Request request, FetchOptions how = {});

    /// All results, in the order of the requests.
    asio::awaitable<std::vector<Result>> fetch_all(std::span<const Request> requests,
                                                   FetchAllOptions how);
    asio::awaitable<std::vector<Result>> fetch_all(std::span<const Request> requests,
                                                   std::size_t concurrency = 20) {
        return fetch_all(requests, FetchAllOptions{.concurrency = concurrency});
    }

    [[nodiscard]] Statistics statistics() const noexcept;

private:
    struct Layers;
    std::unique_ptr<Layers> layers_;
};

}  // namespace cookbook::resilient_client
