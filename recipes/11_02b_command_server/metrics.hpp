// What the server counts: values only. exposition.hpp makes texts of them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "command.hpp"

namespace cookbook::command_server {

using TimePoint = std::chrono::steady_clock::time_point;

/// How many values were at most as large as each of a few bounds. It costs the same memory for a
/// million values as for one, and histograms of several servers can be added up, which quantiles
/// cannot.
class Histogram {
public:
    using Seconds = std::chrono::duration<double>;
    static constexpr std::array bounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,   0.25,   0.5,   1.0,  2.5};

    void observe(Seconds value);

    /// For each bound, how many values were at most as large: never fewer than for the bound
    /// before.
    [[nodiscard]] std::array<std::uint64_t, bounds.size()> cumulative() const;
    /// All values, those beyond the last bound too.
    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] Seconds sum() const { return sum_; }

private:
    std::array<std::uint64_t, bounds.size() + 1> counts_{};  // the last: beyond all bounds
    Seconds sum_{};
};

struct Metrics {
    TimePoint started = std::chrono::steady_clock::now();
    std::uint64_t connections = 0;  // now
    std::uint64_t connections_total = 0;
    std::array<std::uint64_t, command_words.size()> messages{};
    std::uint64_t events = 0;
    std::uint64_t deliveries = 0;  // events times their recipients
    std::array<std::uint64_t, reason_words.size()> dropped{};
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
    /// From a line's arrival until its turn was over: it includes the time for which a client that
    /// does not take its responses had to wait.
    Histogram request_duration;

    [[nodiscard]] std::uint64_t message_count() const;
    [[nodiscard]] std::uint64_t dropped_count() const;
};

}  // namespace cookbook::command_server
