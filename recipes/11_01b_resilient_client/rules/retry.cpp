#include "retry.hpp"

#include <algorithm>

#include "11_01_http_client/cookies/cookie_date.hpp"
#include "cache_control.hpp"

namespace cookbook::resilient_client {
namespace {

using std::chrono::seconds;

/// Whether the result is one that another attempt may better.
bool is_worth_a_retry(const RetryPolicy& policy, const Result& result) {
    if (result) {
        return std::ranges::find(policy.statuses, result->status) != policy.statuses.end();
    }
    return result.error().kind == Failure::Kind::unreachable ||
           result.error().kind == Failure::Kind::lost;
}

}  // namespace

RetryPolicy::Duration jittered(const RetryPolicy& policy, unsigned attempt, double random) {
    // [step 1] Choose the pause: a random part of the backoff, which doubles up to its limit.
    RetryPolicy::Duration longest = std::min(policy.backoff, policy.max_backoff);
    while (--attempt > 0 && longest < policy.max_backoff && longest.count() > 0) {
        // Halved, not doubled, so that nothing overflows.
        longest = longest > policy.max_backoff / 2 ? policy.max_backoff : longest * 2;
    }
    return std::chrono::duration_cast<RetryPolicy::Duration>(longest * random);
    // [end]
}

std::optional<seconds> parse_retry_after(std::string_view value,
                                         std::chrono::system_clock::time_point now) {
    // [step 1] Read seconds, or a date.
    if (const auto count = parse_seconds(value)) {
        return count;
    }
    // The three forms of an HTTP-date (RFC 9110, 5.6.7) are among those that cookies have.
    const auto date = http_client::parse_cookie_date(value);
    if (!date) {
        return std::nullopt;
    }
    return std::clamp(*date - std::chrono::floor<seconds>(now), seconds(0), max_seconds);
    // [end]
}

bool is_repeatable(const Request& request) {
    // [step 2] Trust the method, or the server's promise that goes with a key.
    return http_client::is_idempotent(request.method) || request.fields.contains("Idempotency-Key");
    // [end]
}

bool may_repeat(const Request& request, const Result& result) {
    // [step 2] Repeat what is repeatable, and what was never sent.
    const bool was_not_sent = !result && result.error().kind == Failure::Kind::unreachable;
    return was_not_sent || is_repeatable(request);
    // [end]
}

std::optional<RetryPolicy::Duration> next_wait(const RetryPolicy& policy, const Call& call,
                                               const Result& result, double random,
                                               std::chrono::system_clock::time_point now) {
    if (call.attempts > policy.max_retries || !is_worth_a_retry(policy, result) ||
        !may_repeat(call.request, result)) {
        return std::nullopt;
    }
    const RetryPolicy::Duration pause = jittered(policy, call.attempts, random);
    // [step 1] Wait no less than the server asks for, and give up if that is too long.
    const auto asked_for =
        result ? parse_retry_after(result->fields["Retry-After"], now) : std::nullopt;
    if (asked_for && *asked_for > policy.max_retry_after) {
        return std::nullopt;
    }
    return asked_for ? std::max<RetryPolicy::Duration>(pause, *asked_for) : pause;
    // [end]
}

}  // namespace cookbook::resilient_client
