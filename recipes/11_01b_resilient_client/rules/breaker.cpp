#include "breaker.hpp"

#include <utility>

namespace cookbook::resilient_client {

std::optional<CircuitBreaker::Pass> CircuitBreaker::enter(Time now) {
    // [step 4] Let all through, none, or one alone.
    if (state_ == State::open && now >= open_until_) {
        change(State::half_open);
    }
    const bool may_pass =
        state_ == State::closed || (state_ == State::half_open && !std::exchange(is_tried_, true));
    if (!may_pass) {
        return std::nullopt;
    }
    return Pass{period_};
    // [end]
}

void CircuitBreaker::on_success(Pass pass) {
    if (pass.period != period_) {
        return;
    }
    // [step 4] A success closes the circuit, or ends a row of failures.
    if (state_ == State::half_open) {
        change(State::closed);
    }
    failures_ = 0;
    // [end]
}

bool CircuitBreaker::on_failure(Pass pass, Time now) {
    if (pass.period != period_) {
        return false;
    }
    // [step 4] Enough failures open it; the failure of the one that was let through does at once.
    ++failures_;
    const bool opens = state_ == State::half_open || failures_ >= policy_.max_failures;
    if (opens) {
        change(State::open);
        open_until_ = now + policy_.time;
    }
    return opens;
    // [end]
}

void CircuitBreaker::on_cancelled(Pass pass) {
    if (pass.period == period_) {
        is_tried_ = false;
    }
}

void CircuitBreaker::change(State state) {
    state_ = state;
    ++period_;
    is_tried_ = false;
}

}  // namespace cookbook::resilient_client
