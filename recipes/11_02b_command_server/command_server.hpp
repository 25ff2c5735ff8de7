// 11.2b Command server with broadcast
//
// Problem:  clients send commands, line by line, and hear what the others say; all in the same
//           order, and none of them may cost the server its memory or the others their pace.
// Solution: one registry that gives each event its number and puts it, encoded once, into a bounded
//           queue per client. A client that is slow to take its responses is read more slowly; one
//           that is slow to take events is dropped, and told so.
//
// Start with outbox.cpp, one client's queue, and room.cpp, the registry. handler.cpp is what a line
// means. session.cpp moves bytes between a client and the room, as a coroutine; threads.cpp does
// the same with two threads per client. metrics.cpp and exposition.cpp count, and tell.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string_view>

#include "common/async/asio.hpp"
#include "common/net/serve.hpp"

namespace cookbook::command_server {

struct Options {
    Limits limits = {.idle_timeout = 300s};
    /// Bytes that are queued for one client because the kernel does not take them.
    std::size_t max_queue = std::size_t{256} << 10U;
    /// Bytes of a line before its line feed. At most a 16th of max_queue.
    std::size_t max_line = 4096;
};

/// The contract of both styles: serves the clients that `acceptor` brings, and GET /metrics on
/// `metrics`, if there is one; both are bound and listen. Blocks the caller until `stop` is
/// requested; then every client gets what is queued for it and a last line, within
/// limits.drain_timeout, and the function returns. If `acceptor` is broken, it ends in the same way
/// and throws std::system_error. If `metrics` is, that is logged: who only measures a server must
/// not end it.
using Serve = void(tcp::acceptor acceptor, std::optional<tcp::acceptor> metrics, Options options,
                   std::stop_token stop);

/// One thread: a coroutine per client reads, and what is queued goes out once per turn of the loop.
Serve serve_coroutine;
/// A thread per client that reads, another one that writes, and a lock over the room.
Serve serve_threads;

/// The first of them on the caller's loop, until the caller is cancelled.
asio::awaitable<void> serve(tcp::acceptor acceptor, std::optional<tcp::acceptor> metrics,
                            Options options);

struct Style {
    std::string_view name;
    Serve* serve;
};

inline constexpr std::array styles = {
    Style{"coroutine", serve_coroutine},
    Style{"threads", serve_threads},
};

}  // namespace cookbook::command_server
