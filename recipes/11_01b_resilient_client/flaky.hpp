// A server that fails as it is told to: what a resilient client is tried on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "common/http/server.hpp"

namespace cookbook::resilient_client {

/// How often each key has been asked for. The key that was asked for least recently goes first.
class AttemptCounts {
public:
    explicit AttemptCounts(std::size_t max_keys) : max_keys_(max_keys) {}

    /// Counts one more; returns how many there have been now.
    std::uint64_t add(const std::string& key);
    [[nodiscard]] std::size_t size() const noexcept { return by_key_.size(); }

private:
    struct Count {
        std::string key;
        std::uint64_t count;
    };

    std::size_t max_keys_;
    std::list<Count> counts_;  // the most recent first
    std::unordered_map<std::string, std::list<Count>::iterator> by_key_;
};

/// 11.1's httpbin, and:
///
///     any method   /flaky/N[?key=K][&status=S][&retry_after=S]   the first N for each key (without
///                  one: for each N) get 503 or S with Retry-After, 0 if it is not given; then 200
///     GET          /slow?seconds=S   after that time, at most 60
///                  /etag             has a validator, and 304 for who has it already
///                  /drop             the connection is closed without a response
///                  /truncate         half of the body that was announced
///
/// Bad values get 400. `authority` is the server's name for clients that give none.
[[nodiscard]] http::Application make_flaky(std::string authority, std::uint64_t max_body);

/// Serves them as http_client::serve_httpbin() does.
asio::awaitable<void> serve_flaky(tcp::acceptor acceptor, http::Limits limits);

}  // namespace cookbook::resilient_client
