// A limit in real time for what may block its thread.

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace cookbook::testing {

/// A thread that calls `on_expiry` (on itself) unless it is destroyed within `limit` of real time,
/// and ends the process if that does not help. If the environment has LAB_PATIENCE, a number of
/// seconds, a process that does nothing at all for so long has reached its limit, too: ./lab sets
/// it, so that a learner need not wait for the deadline of each case that hangs.
class Watchdog {
public:
    Watchdog(std::chrono::milliseconds limit, std::function<void()> on_expiry);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// The real time since it was made, rounded up to tenths of a second.
    [[nodiscard]] std::chrono::milliseconds elapsed() const;

private:
    void watch();
    [[nodiscard]] bool called_off_within(std::chrono::milliseconds limit) const;

    std::chrono::milliseconds begun_;
    std::chrono::milliseconds limit_;
    std::function<void()> on_expiry_;
    std::string case_;
    int called_off_;  // an eventfd
    std::thread thread_;
};

/// "10 s", "0.25 s".
std::string seconds(std::chrono::milliseconds duration);

}  // namespace cookbook::testing
