// Functions to be called later: a heap, whose first expiry is how long the loop may wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace cookbook::event_loop {

class Timers {
public:
    using clock = std::chrono::steady_clock;

    void add(clock::time_point expiry, std::function<void()> function);

    /// How long until the first of them is due, rounded up, and at most a day: a wait that is cut
    /// to whole milliseconds ends early, and then again, with 0 ms, until the timer is due.
    [[nodiscard]] std::chrono::milliseconds time_left(clock::time_point now) const;

    /// Calls those that are due, in the order of their expiry. They may add others.
    void run_due(clock::time_point now);

private:
    struct Timer {
        clock::time_point expiry;
        std::uint64_t number;  // those that expire together are called in the order of add()
        std::function<void()> function;
    };

    static bool later(const Timer& a, const Timer& b);

    std::vector<Timer> heap_;
    std::uint64_t added_ = 0;
};

}  // namespace cookbook::event_loop
