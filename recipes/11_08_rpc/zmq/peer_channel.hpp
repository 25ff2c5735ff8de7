// One of the peers of a ROUTER, which has one queue for them all, as a channel of its own.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "11_08_rpc/session/channel.hpp"
#include "zmq_socket.hpp"

namespace cookbook::rpc {

/// How much of a peer's may wait for its calls, and how long the peer may take no replies.
struct PeerLimits {
    std::size_t max_messages = 1000;
    std::size_t max_bytes = std::size_t{16} << 20U;
    Channel::duration send_timeout = 30s;
};

/// Nobody says when a peer of a ROUTER has left. So a peer without messages and without calls has
/// ended: receive() returns nothing, unless set_idle_timeout() has given it time.
class PeerChannel final : public Channel {
public:
    /// `on_taken` is called when there is room for more messages. `router` must outlive the object.
    PeerChannel(ZmqSocket& router, std::string identity, PeerLimits limits,
                std::function<void()> on_taken)
        : router_(router),
          identity_(std::move(identity)),
          limits_(limits),
          on_taken_(std::move(on_taken)),
          changed_(router.get_executor(), asio::steady_timer::time_point::max()) {}

    /// A message has come from the peer.
    void deliver(zmq::message_t message);
    /// Whether no more should be delivered.
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] const std::string& identity() const { return identity_; }

    asio::awaitable<std::optional<std::string_view>> receive() override;
    [[nodiscard]] bool has_message() const override { return !received_.empty(); }
    [[nodiscard]] bool has_ended() const override { return false; }
    void set_idle_timeout(duration limit) override;

    void put(std::string_view message) override;
    [[nodiscard]] std::size_t unsent() const override { return unsent_; }
    [[nodiscard]] bool is_sending() const override { return sending_; }
    /// Throws timed_out if the peer takes nothing for too long, zmq::error_t if it has left.
    asio::awaitable<void> flush() override;

private:
    asio::awaitable<void> send(const std::string& message);
    void give_up();

    ZmqSocket& router_;
    std::string identity_;
    PeerLimits limits_;
    std::function<void()> on_taken_;
    std::deque<zmq::message_t> received_;
    std::size_t received_bytes_ = 0;
    zmq::message_t current_;
    asio::steady_timer changed_;  // cancelled when it is
    bool may_be_idle_ = false;
    std::deque<std::string> replies_;
    std::size_t unsent_ = 0;  // bytes of `replies_`
    bool sending_ = false;
};

}  // namespace cookbook::rpc
