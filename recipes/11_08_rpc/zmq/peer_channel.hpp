// One of the peers of a ROUTER, which has one queue for them all, as a channel of its own.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "11_08_rpc/session/channel.hpp"
#include "zmq_socket.hpp"

namespace cookbook::rpc {

/// How much of a peer's may wait until its calls before are done, and how long the peer may take no
/// replies.
struct PeerLimits {
    std::size_t max_messages = 1000;
    std::size_t max_bytes = std::size_t{16} << 20U;
    Channel::duration send_timeout = 30s;
};

/// Nobody says when a peer of a ROUTER has left. So a peer without messages and without calls has
/// ended: receive() returns nothing, unless set_idle_timeout() has given it time.
class PeerChannel final : public Channel {
public:
    /// `router` must outlive the object.
    PeerChannel(ZmqSocket& router, std::string identity, PeerLimits limits)
        : router_(router),
          identity_(std::move(identity)),
          limits_(limits),
          changed_(router.get_executor(), asio::steady_timer::time_point::max()) {}

    /// A message has come from the peer. If too much waits, it is dropped, which the log says once:
    /// a request in JSON gets no response; for a pickle receive() gives `dropped_pickle`, in its
    /// turn, since a reply that is missing would let each later one pass for the one before.
    void deliver(zmq::message_t message);
    [[nodiscard]] const std::string& identity() const { return identity_; }

    asio::awaitable<std::optional<std::string_view>> receive() override;
    [[nodiscard]] bool has_message() const override {
        return !received_.empty() || dropped_pickles_ > 0;
    }
    void set_idle_timeout(duration limit) override;

    void put(std::string_view message) override;
    [[nodiscard]] std::size_t unsent() const override { return unsent_; }
    [[nodiscard]] bool is_sending() const override { return sending_; }
    /// Throws timed_out if the peer takes nothing for too long, zmq::error_t if it has left.
    asio::awaitable<void> flush() override;

private:
    [[nodiscard]] bool has_room_for(const zmq::message_t& message) const;
    void drop(const zmq::message_t& message);
    asio::awaitable<void> send(const std::string& message);
    void give_up();

    ZmqSocket& router_;
    std::string identity_;
    PeerLimits limits_;
    std::deque<zmq::message_t> received_;
    std::size_t received_bytes_ = 0;
    std::size_t dropped_pickles_ = 0;  // which have come after those in `received_`
    bool has_dropped_ = false;
    zmq::message_t current_;
    asio::steady_timer changed_;  // cancelled when it is
    bool may_be_idle_ = false;
    std::deque<std::string> replies_;
    std::size_t unsent_ = 0;  // bytes of `replies_`
    bool sending_ = false;
};

}  // namespace cookbook::rpc
