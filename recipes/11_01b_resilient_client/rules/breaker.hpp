// A circuit breaker: when to stop asking a server that only fails. Pure: the caller has the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace cookbook::resilient_client {

struct BreakerPolicy {
    std::uint32_t max_failures = 5;                                       // one after the other
    std::chrono::steady_clock::duration time = std::chrono::seconds(30);  // that it stays open
};

/// Closed: requests pass, and failures are counted; max_failures of them without a success between
/// open it. Open: none passes, until its time is over. Then half-open: one passes, alone; its
/// success closes the circuit, its failure opens it anew.
class CircuitBreaker {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// A request that has passed. It ends with one of the three functions that take it.
    struct Pass {
        std::uint64_t period;  // in which it has passed: of what came before, nothing is learned
    };

    explicit CircuitBreaker(BreakerPolicy policy) : policy_(policy) {}

    /// Lets a request through, or not.
    [[nodiscard]] std::optional<Pass> enter(Time now);
    void on_success(Pass pass);
    /// Returns whether this opens the circuit.
    bool on_failure(Pass pass, Time now);
    /// It was cancelled, which says nothing about the server: another one may try.
    void on_cancelled(Pass pass);

    /// Whether nothing has to be remembered.
    [[nodiscard]] bool is_like_new() const noexcept { return period_ == 0 && failures_ == 0; }

private:
    enum class State { closed, open, half_open };
    void change(State state);

    BreakerPolicy policy_;
    State state_ = State::closed;
    std::uint64_t period_ = 0;  // how often the state has changed
    std::uint32_t failures_ = 0;
    Time open_until_ = {};
    bool is_tried_ = false;  // the one request of half-open is under way
};

}  // namespace cookbook::resilient_client
