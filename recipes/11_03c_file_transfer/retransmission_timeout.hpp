// How long to wait for a reply until a packet is sent again (RFC 6298). Pure.
#pragma once

#include <chrono>
#include <optional>

#include "common/async/asio.hpp"

namespace cookbook::file_transfer {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// The RTO of one transfer: from the round trips that were measured, doubled while nothing helps.
class RetransmissionTimeout {
public:
    /// RFC 6298 says at least a second, for the sake of others on a path of the Internet, where a
    /// second is a few round trips. Here it would be thousands.
    static constexpr Duration floor = 20ms;
    static constexpr Duration ceiling = 5s;

    /// `first`, within floor and ceiling, is the timeout until a round trip has been measured.
    explicit RetransmissionTimeout(Duration first);

    /// Takes the time from a packet to its reply: of one that was sent once, since of others
    /// nobody knows which copy was replied to (Karn).
    void sample(Duration round_trip);

    /// Doubles the timeout: nothing has come of what was sent.
    void back_off();
    /// Goes back to what was measured: something has come of it.
    void restore();

    [[nodiscard]] Duration value() const { return value_; }
    /// The shortest round trip so far; if there was none, the timeout that it began with.
    [[nodiscard]] Duration shortest_round_trip() const { return shortest_.value_or(estimate_); }

private:
    Duration estimate_;
    Duration value_;
    Duration smoothed_ = {};
    Duration variation_ = {};
    std::optional<Duration> shortest_;
};

}  // namespace cookbook::file_transfer
