// Running a coroutine, or a blocking function, as a whole program: until it ends or a signal stops
// it.
#pragma once

#include <functional>
#include <stop_token>

#include "common/async/asio.hpp"

namespace cookbook {

/// Runs `body` and all it starts on this thread, to its end. The first SIGINT or SIGTERM cancels
/// it, which serve() takes as the order to drain; a second one kills the process, as by default.
/// Rethrows what `body` throws.
void run(asio::awaitable<void> body);

/// The same, cancelled when `stop` is requested instead of by a signal.
void run(asio::awaitable<void> body, const std::stop_token& stop);

/// The same on a loop of the caller's, which nobody else runs.
void run(asio::io_context& context, asio::awaitable<void> body, const std::stop_token& stop);

/// The first of them for code that blocks: the first SIGINT or SIGTERM requests a stop of the
/// token, on another thread; whoever blocks registers a std::stop_callback that wakes it up.
void run_blocking(const std::function<void(std::stop_token)>& body);

}  // namespace cookbook
