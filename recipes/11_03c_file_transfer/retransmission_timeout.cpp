#include "retransmission_timeout.hpp"

#include <algorithm>

namespace cookbook::file_transfer {

RetransmissionTimeout::RetransmissionTimeout(Duration first)
    : estimate_(std::clamp(first, floor, ceiling)), value_(estimate_) {}

void RetransmissionTimeout::sample(Duration round_trip) {
    // [step 3] Smooth the round trip and its variation, and make the estimate of them.
    if (!shortest_) {
        smoothed_ = round_trip;
        variation_ = round_trip / 2;
    } else {
        const Duration difference = std::chrono::abs(smoothed_ - round_trip);
        variation_ = (3 * variation_ + difference) / 4;
        smoothed_ = (7 * smoothed_ + round_trip) / 8;
    }
    estimate_ = std::clamp(smoothed_ + 4 * variation_, floor, ceiling);
    // [end]
    shortest_ = std::min(shortest_.value_or(round_trip), round_trip);
    restore();
}

void RetransmissionTimeout::back_off() {
    // [step 3] Double the timeout, up to the ceiling.
    value_ = std::min(2 * value_, ceiling);
    // [end]
}

void RetransmissionTimeout::restore() {
    value_ = estimate_;
}

}  // namespace cookbook::file_transfer
