// 11.2 TCP server
//
// Problem:  serve many TCP clients at once, without letting one of them harm the others.
// Solution: an echo server in five styles behind one contract, so that they can be compared.
//
// Start with iterative.cpp, then read each style as a change to the one before: threads.cpp,
// pool.cpp, coroutine.cpp, multicore.cpp. How one connection is answered stands in
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
    /// pool: threads (16); multicore: event loops (one a core). No use to the others.
    std::optional<std::size_t> workers = {};
    /// Answer line by line instead of byte by byte.
    bool lines = false;
    /// Hang up on a peer that sends a longer line, its line feed not counted.
    std::size_t max_line = 8192;
};

/// The contract of the five: accepts connections from `acceptor`, which is bound and listens, and
/// sends each peer back what it sends, in order, until the peer ends its stream; then ends the
/// reply. Blocks the caller until `stop` is requested. From then on nobody is accepted; the
/// connections that are open go on until their peer ends, or limits.drain_timeout has passed, and
/// the function returns. Hangs up on a peer that is silent, or takes nothing, for
/// limits.idle_timeout. Throws std::system_error where the acceptor itself is broken.
using Serve = void(tcp::acceptor acceptor, Options options, std::stop_token stop);

/// One connection after the other: whoever comes second waits.
Serve serve_iterative;
/// A thread for each connection.
Serve serve_threads;
/// Some threads, fixed, each of which accepts and serves one connection after the other.
Serve serve_pool;
/// One thread and one event loop: a coroutine for each connection.
Serve serve_coroutine;
/// That several times over: a thread, a loop and a listening socket for each core (SO_REUSEPORT).
Serve serve_multicore;

struct Style {
    std::string_view name;
    std::string_view summary;
    Serve* serve;
};

inline constexpr std::array styles = {
    Style{"iterative", "one connection after the other", serve_iterative},
    Style{"threads", "a thread for each connection", serve_threads},
    Style{"pool", "some threads that all accept", serve_pool},
    Style{"coroutine", "one thread, a coroutine for each connection", serve_coroutine},
    Style{"multicore", "an event loop for each core", serve_multicore},
};

}  // namespace cookbook::tcp_server
