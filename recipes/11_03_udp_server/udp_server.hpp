// 11.3 UDP server
//
// Problem:  answer datagrams: no connection, no order, no guarantee that one arrives, nor that the
//           sender is who it says.
// Solution: a time server in two styles behind one contract, which replies from the address that
//           was asked and notices what was cut or dropped; and a client that asks again.
//
// Start with time_protocol.cpp, which says what is answered, then batch.cpp, how datagrams come and
// go. coroutine.cpp and threads.cpp are the servers, call.cpp is how a client asks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string_view>

#include "batch.hpp"
#include "common/async/asio.hpp"

namespace cookbook::udp_server {

struct Options {
    /// How long each answer takes. Stands for a look-up or a computation.
    asio::steady_timer::duration work = 0s;
    /// coroutine: answers that may be under way at once; meanwhile further requests wait in the
    /// socket's receive buffer.
    std::size_t max_in_flight = 1000;
    /// threads: how many, and so how many answers may be under way at once.
    std::size_t workers = 16;
    /// How long answers that are under way may go on after the order to stop.
    asio::steady_timer::duration drain_timeout = 5s;
};

/// What has become of the datagrams of a server.
struct Counts {
    std::uint64_t answered = 0;
    std::uint64_t ignored = 0;  // see may_answer()
    std::uint64_t cut = 0;      // of both: longer than anything that the protocol knows
    std::uint64_t unsent = 0;   // replies that the kernel refused to send
    std::uint64_t dropped = 0;  // the receive buffer had no room for them
};

/// The contract of both: answers datagrams on a socket of open_socket(), as time_protocol.hpp says,
/// each from the address that it was sent to. Blocks the caller until `stop` is requested. From
/// then on nothing is received; answers under way still go out, within options.drain_timeout. No
/// datagram and no reply ends the server. Throws system_error if the socket itself is broken.
using Serve = Counts(udp::socket socket, Options options, std::stop_token stop);

/// One thread and one event loop: datagrams in batches, slow answers on timers.
Serve serve_coroutine;
/// Threads that all receive on the one socket, each one datagram at a time.
Serve serve_threads;

/// The first style as a coroutine: serves until it is cancelled.
asio::awaitable<Counts> serve(udp::socket socket, Options options);

struct Style {
    std::string_view name;
    std::string_view summary;
    Serve* serve;
};

inline constexpr std::array styles = {
    Style{"coroutine", "one thread, datagrams in batches", serve_coroutine},
    Style{"threads", "a few threads that all receive", serve_threads},
};

}  // namespace cookbook::udp_server
