#include "timers.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cookbook::event_loop {

bool Timers::later(const Timer& a, const Timer& b) {
    return std::tie(a.expiry, a.number) > std::tie(b.expiry, b.number);
}

void Timers::add(clock::time_point expiry, std::function<void()> function) {
    heap_.push_back({expiry, added_++, std::move(function)});
    std::ranges::push_heap(heap_, later);
}

std::chrono::milliseconds Timers::time_left(clock::time_point now) const {
    using std::chrono::milliseconds;
    constexpr milliseconds a_day = std::chrono::hours(24);
    if (heap_.empty()) {
        return a_day;
    }
    const auto left = std::chrono::ceil<milliseconds>(heap_.front().expiry - now);
    return std::clamp(left, milliseconds(0), a_day);
}

void Timers::run_due(clock::time_point now) {
    while (!heap_.empty() && heap_.front().expiry <= now) {
        std::ranges::pop_heap(heap_, later);
        const std::function<void()> function = std::move(heap_.back().function);
        heap_.pop_back();
        function();
    }
}

}  // namespace cookbook::event_loop
