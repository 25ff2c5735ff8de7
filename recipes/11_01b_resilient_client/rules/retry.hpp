// Whether a request is sent once more, and when. Pure: the caller has the clock and the dice.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "11_01b_resilient_client/layers/layer.hpp"

namespace cookbook::resilient_client {

struct RetryPolicy {
    using Duration = std::chrono::steady_clock::duration;

    unsigned max_retries = 3;  // after the first attempt
    Duration backoff = std::chrono::milliseconds(100);
    Duration max_backoff = std::chrono::seconds(10);
    Duration max_retry_after = std::chrono::seconds(60);
    std::vector<unsigned> statuses = {429, 500, 502, 503, 504};
};

/// The pause before the retry after attempt `attempt`, the first one being 1: anything between 0
/// and min(max_backoff, backoff·2ⁿ⁻¹), as `random` from [0, 1) has it. Clients that failed together
/// do not come back together.
[[nodiscard]] RetryPolicy::Duration jittered(const RetryPolicy& policy, unsigned attempt,
                                             double random);

/// What a Retry-After asks for, which is seconds or a date (RFC 9110, 10.2.3); 0 if the date has
/// passed; nullopt if it is neither.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now);

/// Whether a request may be sent once more after such a result: its method is idempotent (RFC 9110,
/// 9.2.2), it has an Idempotency-Key, or nothing of it was sent.
[[nodiscard]] bool may_repeat(const Request& request, const Result& result);

/// Whether a request that arrived twice does no more than one that arrived once.
[[nodiscard]] bool is_repeatable(const Request& request);

/// How long to wait before the next attempt; nullopt: this is the result.
[[nodiscard]] std::optional<RetryPolicy::Duration> next_wait(
    const RetryPolicy& policy, const Call& call, const Result& result, double random,
    std::chrono::system_clock::time_point now);

}  // namespace cookbook::resilient_client
