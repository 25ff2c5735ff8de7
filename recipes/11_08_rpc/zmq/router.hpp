// The server over ZeroMQ: the same calls behind a ROUTER, for peers that are REQ or DEALER sockets.
#pragma once

#include <cstdint>
#include <memory>

#include "11_08_rpc/call/handler.hpp"
#include "common/net/address.hpp"
#include "common/net/serve.hpp"
#include "peer_channel.hpp"
#include "zmq_socket.hpp"

namespace cookbook::rpc {

struct RouterOptions {
    /// Of one peer; further ones wait.
    std::size_t max_calls = 64;
    /// A peer that sends a longer message is disconnected.
    std::uint64_t max_message = std::uint64_t{16} << 20U;
    /// For a peer to begin as ZeroMQ does.
    asio::steady_timer::duration handshake_timeout = 5s;
    /// For a peer to take its replies, and to show that it lives.
    asio::steady_timer::duration send_timeout = 30s;
};

/// A ROUTER that is bound. Its messages are [identity, empty, message]; others are dropped. The
/// message is JSON-RPC or a call that was pickled once.
class Router {
public:
    /// `address.host` is an IP address. Throws std::system_error, "listen on HOST:PORT: reason".
    Router(const asio::any_io_executor& executor, HostPort address, RouterOptions options);

    /// Where it listens, with the port that the kernel has chosen.
    [[nodiscard]] const HostPort& address() const noexcept { return address_; }

    /// Serves until the caller is cancelled, then lets calls finish within limits.drain_timeout.
    /// limits.max_connections are the peers that have calls at once; if there are so many, and
    /// another one calls, nobody is read until one of them is done: they share the ROUTER's queue.
    /// What a peer sends while too much of its own waits is dropped (PeerChannel). Call it once.
    asio::awaitable<void> serve(Limits limits, std::shared_ptr<const RpcHandler> handler);

private:
    RouterOptions options_;
    ZmqSocket socket_;
    HostPort address_;
};

}  // namespace cookbook::rpc
