// What a connection is told: its limits, and what the opening handshake has left behind.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/async/asio.hpp"
#include "extension.hpp"
#include "frame.hpp"

namespace cookbook::websocket {

struct Options {
    std::size_t max_message = std::size_t{64} << 10U;
    /// Bytes that wait for a peer because the network does not take them.
    std::size_t max_queue = std::size_t{256} << 10U;
    /// Of silence, until the peer is asked; at most half of the idle timeout counts.
    asio::steady_timer::duration ping_interval = 20s;
    asio::steady_timer::duration idle_timeout = 60s;  // of silence, until it is given up
    asio::steady_timer::duration close_timeout =
        5s;  // for the peer's Close, once we have said ours
    bool compression = true;
};

/// What happens if a peer takes less than it is sent.
enum class WhenFull {
    close,  // it is closed with 1013: others send to it, and must not wait
    wait    // nothing is read from it, until it has taken what waits for it
};

/// What the opening handshake has left behind.
struct Opened {
    Role role = Role::server;
    std::optional<Compression> compression = {};
    std::string unsent = {};    // our half of the handshake: sent before the first frame
    std::string received = {};  // the peer's first frames, which came with its half
};

}  // namespace cookbook::websocket
