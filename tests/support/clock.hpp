// A clock that tests move, so that limits of minutes are tested in milliseconds.
//
// In a test program std::chrono::steady_clock::now() and system_clock::now() are real time plus an
// offset (the linker redirects the calls of everything linked into it). Production code keeps its
// plain asio::steady_timer and knows nothing of it. Not moved: what the kernel times (SO_RCVTIMEO,
// poll), std::condition_variable and sleep_for, clock_gettime() and time(), other processes.

#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "common/async/asio.hpp"
#include "support/async_case.hpp"

namespace cookbook::testing {

/// Returns when the io_context that the caller runs on has come to rest: no handler is ready and,
/// for the time `quiet`, no descriptor had anything to say; only the clock or somebody outside can
/// go on from here. After it, a test can say "nothing was sent" and "it is still connected". A
/// context that never rests (an accept loop that spins) is ended by the case's deadline.
/// For a context that one thread runs.
asio::awaitable<void> settle(std::chrono::milliseconds quiet = std::chrono::milliseconds(1));

/// Waits until the condition holds, and looks at it whenever the context has come to rest. What
/// makes it hold may run on this context or on other threads. `what` names it if the case's
/// deadline passes (Waiting).
template <typename Condition>
asio::awaitable<void> until(Condition condition, std::string what) {
    const Waiting waiting(std::move(what));
    while (!condition()) {
        co_await settle();
    }
}

/// Moves the clock forward by `step`, at least zero, and returns when all that the new time sets
/// off has been done: every timer due has fired, then settle(). One step is one leap: a timer that
/// is re-armed by its handler fires once, not once for each period that was leapt over. Timers of
/// contexts that other threads run fire as well, but nobody waits for these.
asio::awaitable<void> advance(std::chrono::nanoseconds step);

/// The first half of advance(), for code outside coroutines. Thread-safe.
void move_clock(std::chrono::nanoseconds step);

/// Puts the clock back to real time. The test main does so at the end of each case, when the
/// case's io_context and its timers are gone.
void restore_clock();

}  // namespace cookbook::testing
