// What an HTTP server allows its peers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/net/serve.hpp"

namespace cookbook::http {

/// A message that exceeds its limits gets 408, 413, 414 or 431, and its connection is closed.
struct Limits : cookbook::Limits {
    std::size_t max_target = 8000;    // RFC 9110, 4.1 asks for no less
    std::size_t max_head = 16 << 10;  // request line and fields together
    std::size_t max_fields = 100;
    std::uint64_t max_body = 1 << 20;  // an application may set Request::max_body instead
    /// For a head, counted from its first byte. A body, or a response to a peer that reads slowly,
    /// has the same and one second more for each `min_rate` bytes that have moved.
    asio::steady_timer::duration message_timeout = 20s;
    std::size_t min_rate = 1 << 10;
};

}  // namespace cookbook::http
