// The server: four services on one thread, in four ways behind one contract.
#pragma once

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

#include "common/async/asio.hpp"
#include "common/net/serve.hpp"

namespace cookbook::event_loop {

using boost::asio::ip::udp;

struct Options {
    Limits limits = {.max_connections = 10'000};
    /// Bytes that a connection may have waiting to be sent; with more it is not read from.
    std::size_t max_unsent = 65'536;
    /// Threads that compute.
    std::size_t workers = 16;
    /// The largest n that is computed, at most largest_n.
    std::uint32_t max_fibonacci = 40;
    /// Computations that may wait for a free thread.
    std::size_t max_jobs = 1000;
};

/// Where the services are reached: an acceptor that listens, and sockets of
/// udp_server::open_socket().
struct Sockets {
    tcp::acceptor echo;
    udp::socket time;
    udp::socket udp_echo;
    udp::socket fibonacci;
};

/// The contract of the four: serves on the calling thread until `stop` is requested, and calls
/// `ready` once it has begun. From the stop on nobody is accepted, and no datagram is received.
/// Connections end when nothing of theirs is on the way, computations when they are done, and the
/// function returns; what is left when limits.drain_timeout has passed is cut.
///
/// TCP: sends back what comes; after the peer's end of file the rest, then its own. A peer without
/// progress for limits.idle_timeout is disconnected. UDP: see udp_services.hpp.
///
/// Throws std::runtime_error if a socket cannot be watched, std::system_error if one is broken.
using Serve = void(Sockets sockets, Options options, std::stop_token stop,
                   std::function<void()> ready);

Serve serve_epoll;
Serve serve_poll;
Serve serve_select;
Serve serve_asio;

struct Loop {
    std::string_view name;
    std::string_view summary;
    Serve* serve;
};

inline constexpr std::array loops = {
    Loop{"epoll", "the kernel keeps the list", serve_epoll},
    Loop{"poll", "the list is handed over in each turn", serve_poll},
    Loop{"select", "a set of 1,024 bits", serve_select},
    Loop{"asio", "Asio's loop, and coroutines on it", serve_asio},
};

}  // namespace cookbook::event_loop
