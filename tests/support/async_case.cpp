#include "support/async_case.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "common/async/describe.hpp"
#include "support/failure.hpp"

namespace cookbook::testing {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// How long work that needs no more than a few turns of the loop (a cancelled child, a look-up in
// another thread) may take to end after the body.
constexpr milliseconds grace = 500ms;

// How long after its deadline a blocked case may hold up the process.
constexpr milliseconds patience = 5s;

std::vector<const std::string*>& open_waits() {
    thread_local std::vector<const std::string*> waits;
    return waits;
}

std::string seconds(milliseconds duration) {
    std::string text = std::to_string(duration.count() / 1000);
    if (const auto rest = duration.count() % 1000; rest != 0) {
        text += '.' + std::to_string(1000 + rest).substr(1);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + " s";
}

// Not steady_clock: tests move that one.
milliseconds real_time() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                    std::chrono::nanoseconds(now.tv_nsec));
}

std::string running_case() {
    const auto id = boost::unit_test::framework::current_test_case_id();
    if (id == boost::unit_test::INV_TEST_UNIT_ID) {
        return "(no case)";
    }
    return boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY).full_name();
}

milliseconds processor_time() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(used.tv_sec) +
                                                    std::chrono::nanoseconds(used.tv_nsec));
}

// How long a case may do nothing at all: LAB_PATIENCE, in seconds. ./lab sets it, so that a learner
// need not wait for the deadline of each case that hangs.
milliseconds idle_limit() {
    const char* const variable = std::getenv("LAB_PATIENCE");
    if (variable == nullptr) {
        return milliseconds::max();
    }
    return milliseconds(std::lround(1000 * std::atof(variable)));
}

// A thread that calls `on_expiry` (on itself) unless it is destroyed within `limit` of real time,
// or as soon as the process has been idle for idle_limit(); and ends the process if that does not
// help.
class Watchdog {
public:
    Watchdog(milliseconds limit, std::function<void()> on_expiry)
        : limit_(limit), on_expiry_(std::move(on_expiry)), case_(running_case()) {
        // Signals belong to the thread that runs the tests.
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread([this] { watch(); });
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    ~Watchdog() {
        ::eventfd_write(called_off_, 1);
        thread_.join();
        ::close(called_off_);
    }

    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
    void watch() {
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

    bool called_off_within(milliseconds limit) const {
        const milliseconds end = real_time() + limit;
        milliseconds busy_at = real_time();
        milliseconds used = processor_time();
        for (milliseconds now = busy_at; now < end && now - busy_at < idle_limit();
             now = real_time()) {
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

    milliseconds limit_;
    std::function<void()> on_expiry_;
    std::string case_;
    int called_off_ = ::eventfd(0, EFD_CLOEXEC);
    std::thread thread_;
};

std::string describe(std::exception_ptr exception) {
    try {
        std::rethrow_exception(std::move(exception));
    } catch (const boost::execution_aborted&) {
        throw;
    } catch (const std::exception& error) {
        return "an exception left the case: " + cookbook::describe(error);
    } catch (...) {
        return "something that is not a std::exception left the case";
    }
}

std::string missed_deadline(milliseconds waited) {
    std::string sentence = "still waiting after " + seconds(waited) + ": ";
    if (open_waits().empty()) {
        return sentence + "an operation that the case awaits never completed";
    }
    for (const char* separator = "for "; const std::string* wait : open_waits()) {
        sentence += separator + *wait;
        separator = ", and for ";
    }
    return sentence;
}

// One case: runs the body, then what it left behind, then destroys the context.
class Run {
public:
    explicit Run(milliseconds deadline) : deadline_(deadline) {}

    std::vector<std::string> operator()(const CaseBody& body) {
        run(body);
        if (done_ && !context_->stopped()) {
            run_leftovers();
        }
        destroy();
        if (exception_) {
            failures_.push_back(describe(exception_));
        }
        return std::move(failures_);
    }

private:
    void run(const CaseBody& body) {
        // Opens the reactor's descriptors now, so that the body can count its own (no leak).
        const asio::steady_timer opener{*context_};
        asio::co_spawn(*context_, body(), [this](std::exception_ptr exception) {
            done_ = true;
            exception_ = std::move(exception);
        });
        const milliseconds begun = real_time();
        const Watchdog watchdog(deadline_, [this] { context_->stop(); });
        while (!done_ && context_->run_one() != 0) {
        }
        if (!done_) {
            const milliseconds waited = (real_time() - begun) / 100 * 100;
            failures_.push_back(missed_deadline(std::min(deadline_, waited)));
        }
    }

    void run_leftovers() {
        std::atomic<bool> expired = false;
        const Watchdog watchdog(grace, [&] {
            expired = true;
            context_->stop();
        });
        context_->run();
        if (!expired) {
            return;
        }
        failures_.emplace_back(
            "the case ended and left work behind: a child, a timer or an operation outlives it");
    }

    void destroy() {
        const Watchdog watchdog(deadline_, [] {});
        context_.reset();
    }

    milliseconds deadline_;
    std::optional<asio::io_context> context_{std::in_place, 1};
    bool done_ = false;
    std::exception_ptr exception_;
    std::vector<std::string> failures_;
};

}  // namespace

milliseconds default_deadline() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 60s;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return 60s;
#endif
#endif
    return 10s;
}

Waiting::Waiting(std::string what) : what_(std::move(what)) {
    open_waits().push_back(&what_);
}

Waiting::~Waiting() {
    std::erase(open_waits(), &what_);
}

std::vector<std::string> run_body(const CaseBody& body, milliseconds deadline) {
    return Run(deadline)(body);
}

void run_async_case(const CaseBody& body, std::source_location where) {
    for (const std::string& failure : run_body(body)) {
        fail(failure, where);
    }
}

}  // namespace cookbook::testing
