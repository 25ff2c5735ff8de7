#include "support/clock.hpp"

#include <algorithm>
#include <atomic>
#include <bitset>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "support/async_case.hpp"
#include "support/wrapped.hpp"

namespace cookbook::testing {

namespace {

using std::chrono::milliseconds;

std::atomic<std::chrono::nanoseconds> offset{};
static_assert(std::atomic<std::chrono::nanoseconds>::is_always_lock_free);

// The timer descriptors of all reactors. A number stays here when its descriptor is closed; setting
// the time of whatever has the number then fails with EINVAL, and no harm is done.
class Reactors {
public:
    void add(int timer) {
        const std::lock_guard lock(mutex_);
        if (const auto index = static_cast<std::size_t>(timer); index < timers_.size()) {
            timers_.set(index);
        }
    }

    // Makes each reactor look at its timers, and at the clock, now.
    void wake() {
        const std::lock_guard lock(mutex_);
        const itimerspec at_once{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = 1}};
        for (std::size_t timer = 0; timer != timers_.size(); ++timer) {
            if (timers_.test(timer)) {
                real::timerfd_settime(static_cast<int>(timer), 0, &at_once, nullptr);
            }
        }
    }

private:
    std::mutex mutex_;
    std::bitset<65536> timers_;
};

Reactors& reactors() {
    static Reactors instance;
    return instance;
}

// One settle() that waits, registered as long as it does, however it ends.
class WaitForRest {
public:
    WaitForRest(const asio::any_io_executor& executor, milliseconds quiet)
        : quiet_(quiet), rest_(executor, asio::steady_timer::time_point::max()) {
        all().push_back(this);
    }
    ~WaitForRest() { std::erase(all(), this); }
    WaitForRest(const WaitForRest&) = delete;
    WaitForRest& operator=(const WaitForRest&) = delete;

    static std::vector<WaitForRest*>& all() {
        thread_local std::vector<WaitForRest*> waits;
        return waits;
    }

    static milliseconds shortest() {
        return std::ranges::min(all(), {}, &WaitForRest::quiet)->quiet();
    }

    [[nodiscard]] milliseconds quiet() const { return quiet_; }
    asio::steady_timer& rest() { return rest_; }

private:
    milliseconds quiet_;
    asio::steady_timer rest_;  // never expires; cancelled when the loop rests
};

}  // namespace

// Those who want the shortest quiet go first: what they do then is no rest for the others.
std::optional<int> rest_awaited() {
    if (WaitForRest::all().empty()) {
        return std::nullopt;
    }
    return static_cast<int>(WaitForRest::shortest().count());
}

void announce_rest() {
    const milliseconds quiet = WaitForRest::shortest();
    for (WaitForRest* wait : WaitForRest::all()) {
        if (wait->quiet() == quiet) {
            wait->rest().cancel();
        }
    }
}

void remember_timer(int descriptor) {
    reactors().add(descriptor);
}

asio::awaitable<void> settle(milliseconds quiet) {
    const Waiting waiting("the event loop to come to rest");
    WaitForRest wait(co_await asio::this_coro::executor, quiet);
    co_await wait.rest().async_wait(use_nothrow);
}

asio::awaitable<void> advance(std::chrono::nanoseconds step) {
    move_clock(step);
    // The kernel wakes the reactor when it likes. A timer that is due comes with all the others.
    asio::steady_timer due(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::min());
    co_await due.async_wait(asio::use_awaitable);
    co_await settle();
}

void move_clock(std::chrono::nanoseconds step) {
    for (auto now = offset.load(); !offset.compare_exchange_weak(now, now + step);) {
    }
    reactors().wake();
}

void restore_clock() {
    offset.store({});
}

namespace wrapped {

std::chrono::steady_clock::time_point steady_now() asm(
    "__wrap__ZNSt6chrono3_V212steady_clock3nowEv");
std::chrono::steady_clock::time_point steady_now() {
    return real::steady_now() + offset.load();
}

std::chrono::system_clock::time_point system_now() asm(
    "__wrap__ZNSt6chrono3_V212system_clock3nowEv");
std::chrono::system_clock::time_point system_now() {
    return real::system_now() + offset.load();
}

}  // namespace wrapped

}  // namespace cookbook::testing
