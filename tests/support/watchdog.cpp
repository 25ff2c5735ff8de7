#include "support/watchdog.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <latch>
#include <utility>

namespace cookbook::testing {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// How long after its deadline a blocked case may hold up the process.
constexpr milliseconds patience = 5s;

// Not steady_clock: tests move that one.
milliseconds real_time() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                    std::chrono::nanoseconds(now.tv_nsec));
}

milliseconds processor_time() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(used.tv_sec) +
                                                    std::chrono::nanoseconds(used.tv_nsec));
}

// How long a case may do nothing at all.
milliseconds idle_limit() {
    const char* const variable = std::getenv("LAB_PATIENCE");
    if (variable == nullptr) {
        return milliseconds::max();
    }
    return milliseconds(std::lround(1000 * std::atof(variable)));
}

std::string running_case() {
    const auto id = boost::unit_test::framework::current_test_case_id();
    if (id == boost::unit_test::INV_TEST_UNIT_ID) {
        return "(no case)";
    }
    return boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY).full_name();
}

}  // namespace

Watchdog::Watchdog(milliseconds limit, std::function<void()> on_expiry)
    : begun_(real_time()),
      limit_(limit),
      on_expiry_(std::move(on_expiry)),
      case_(running_case()),
      called_off_(::eventfd(0, EFD_CLOEXEC)) {
    // Signals belong to the thread that runs the tests.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::latch started(1);
    thread_ = std::thread([this, &started] {
        started.count_down();
        watch();
    });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    // A case may run out of descriptors on purpose: UBSan needs one when a thread begins.
    started.wait();
}

Watchdog::~Watchdog() {
    ::eventfd_write(called_off_, 1);
    thread_.join();
    ::close(called_off_);
}

void Watchdog::watch() {
    if (called_off_within(limit_)) {
        return;
    }
    on_expiry_();
    if (called_off_within(patience)) {
        return;
    }
    std::fprintf(stderr,
                 "fatal error: in \"%s\": still not back in its event loop %s after the "
                 "deadline of %s: a call that blocks, or a loop without end\n",
                 case_.c_str(), seconds(patience).c_str(), seconds(limit_).c_str());
    std::fflush(nullptr);
    ::_exit(3);
}

bool Watchdog::called_off_within(milliseconds limit) const {
    const milliseconds end = real_time() + limit;
    milliseconds busy_at = real_time();
    milliseconds used = processor_time();
    for (milliseconds now = busy_at; now < end && now - busy_at < idle_limit(); now = real_time()) {
        const milliseconds left = std::min<milliseconds>(end - now, 100ms);
        pollfd event{.fd = called_off_, .events = POLLIN, .revents = 0};
        const timespec wait{.tv_sec = 0, .tv_nsec = left / 1ns};
        if (::ppoll(&event, 1, &wait, nullptr) > 0) {
            return true;
        }
        // More than this thread's own turns take.
        if (processor_time() - used > 1ms) {
            used = processor_time();
            busy_at = real_time();
        }
    }
    return false;
}

milliseconds Watchdog::elapsed() const {
    return (real_time() - begun_ + 99ms) / 100 * 100;
}

std::string seconds(milliseconds duration) {
    std::string text = std::to_string(duration.count() / 1000);
    if (const auto rest = duration.count() % 1000; rest != 0) {
        text += '.' + std::to_string(1000 + rest).substr(1);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + " s";
}

}  // namespace cookbook::testing
