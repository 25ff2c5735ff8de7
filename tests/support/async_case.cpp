#include "support/async_case.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <utility>

#include "common/async/describe.hpp"
#include "common/lab.hpp"
#include "support/failure.hpp"
#include "support/sanitizer.hpp"
#include "support/watchdog.hpp"

namespace cookbook::testing {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// How long work that needs no more than a few turns of the loop (a cancelled child, a look-up in
// another thread) may take to end after the body.
constexpr milliseconds grace = 2s;

std::vector<const std::string*>& open_waits() {
    thread_local std::vector<const std::string*> waits;
    return waits;
}

std::string describe(std::exception_ptr exception) {
    try {
        std::rethrow_exception(std::move(exception));
    } catch (const boost::execution_aborted&) {
        throw;
    } catch (const lab::Todo& todo) {
        return std::string("still to be written: ") + todo.what();
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
        // What a body that threw has left refers to a frame that is gone: it must not run again.
        if (done_ && !exception_ && !context_->stopped()) {
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
        asio::co_spawn(*context_, note(body), [](const std::exception_ptr&) {});
        const Watchdog watchdog(deadline_, [this] { context_->stop(); });
        while (!done_ && context_->run_one() != 0) {
        }
        if (!done_) {
            failures_.push_back(missed_deadline(std::min(deadline_, watchdog.elapsed())));
        }
    }

    /// Notes the end of the body in the very turn in which it ends.
    asio::awaitable<void> note(const CaseBody& body) {
        try {
            co_await body();
        } catch (...) {
            exception_ = std::current_exception();
        }
        done_ = true;
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
    return COOKBOOK_SANITIZER != 0 ? 180s : 60s;
}

asio::awaitable<void> pass(milliseconds time) {
    asio::steady_timer timer(co_await this_coro::executor, time);
    co_await timer.async_wait(use_awaitable);
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

void run_async_case(const CaseBody& body, milliseconds deadline, std::source_location where) {
    for (const std::string& failure : run_body(body, deadline)) {
        fail(failure, where);
    }
}

}  // namespace cookbook::testing
