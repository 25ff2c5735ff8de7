// The layer that asks no origin that has failed too often: a circuit breaker for each.
#pragma once

#include <cstdint>
#include <map>

#include "11_01b_resilient_client/rules/breaker.hpp"
#include "layer.hpp"

namespace cookbook::resilient_client {

/// What a result says of the server. A failure is a connection that fails, a time-out or a 5xx;
/// what the caller has cancelled, or got wrong, says nothing.
enum class Verdict { success, failure, none };
[[nodiscard]] Verdict verdict_on(const Result& result);

/// Results in, verdicts kept: `next` is what is behind the circuit. Several calls may be under way
/// at once.
class Breakers {
public:
    Breakers(BreakerPolicy policy, Layer next) : policy_(policy), next_(std::move(next)) {}

    /// The failure is circuit_open, "circuit open: HOST:PORT", if the origin is not to be asked.
    asio::awaitable<Result> send(Call& call);

    /// How often a circuit has opened.
    [[nodiscard]] std::uint64_t opened() const noexcept { return opened_; }

private:
    class Visit;

    BreakerPolicy policy_;
    Layer next_;
    std::map<Origin, CircuitBreaker> circuits_;  // those that have something to remember
    std::uint64_t opened_ = 0;
};

}  // namespace cookbook::resilient_client
