// 11.2 TCP server
//
// Problem:  serve many TCP clients at once, without letting one of them harm the others.
// Solution: an echo server in five styles behind one contract, so that they can be compared.
//
// Start with iterative.cpp, then read each style as a change to the one before: threads.cpp,
// pool.cpp, coroutine.cpp, multicore.cpp. How one connection is served is in
// blocking_echo.cpp and coroutine_echo.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string_view>

#include "common/async/asio.hpp"
#include "common/net/serve.hpp"

namespace cookbook::tcp_server {

struct Options {
    Limits limits = {};
    /// pool: threads (16); multicore: event loops (one per core). The others do not use it.
    std::optional<std::size_t> workers = {};
    /// Echo line by line instead of byte by byte.
    bool lines = false;
    /// A peer that sends a longer line, its line feed not counted, is disconnected.
    std::size_t max_line = 8192;
};

/// The contract of the five: accepts connections from `acceptor`, which is bound and listens, and
/// sends each peer back what it sends, in order, until the peer ends its stream; then ends its own.
/// Blocks the caller until `stop` is requested. From then on nobody is accepted; open connections
/// go on until their peer ends, or limits.drain_timeout has passed, and the function returns. A
/// peer that sends nothing, or takes nothing, for limits.idle_timeout is disconnected; a blocking
/// style may wait twice as long for one that takes nothing. If the acceptor itself is broken, it
/// ends as if stopped, and throws std::system_error.
using Serve = void(tcp::acceptor acceptor, Options options, std::stop_token stop);

/// One connection after the other: whoever comes second waits.
Serve serve_iterative;
/// A thread per connection.
Serve serve_threads;
/// A fixed number of threads, each of which accepts and serves one connection after the other.
Serve serve_pool;
/// One thread and one event loop: a coroutine per connection.
Serve serve_coroutine;
/// That several times over: a thread, a loop and a listening socket per core (SO_REUSEPORT).
Serve serve_multicore;

struct Style {
    std::string_view name;
    std::string_view summary;
    Serve* serve;
};

inline constexpr std::array styles = {
    Style{"iterative", "one connection after the other", serve_iterative},
    Style{"threads", "a thread per connection", serve_threads},
    Style{"pool", "a few threads that all accept", serve_pool},
    Style{"coroutine", "one thread, a coroutine per connection", serve_coroutine},
    Style{"multicore", "an event loop per core", serve_multicore},
};

}  // namespace cookbook::tcp_server
