// Whole messages to and from one peer, whatever carries them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "common/async/asio.hpp"

namespace cookbook::rpc {

/// What a session and a client need of a connection: one of 11.7's (connection_channel.hpp), or
/// what looks like one over ZeroMQ (zmq/). One coroutine receives, any number of them send.
class Channel {
public:
    using duration = asio::steady_timer::duration;

    virtual ~Channel() = default;

    /// The next message, which is valid until the next call. Nothing if the peer has ended, or if
    /// our caller was told to finish (by a `total` cancellation) while no message was on its way.
    /// Throws what ends the connection, such as timed_out.
    virtual asio::awaitable<std::optional<std::string_view>> receive() = 0;
    /// Whether the next message has come already, so that receiving it costs no wait.
    [[nodiscard]] virtual bool has_message() const = 0;
    /// Whether the peer has ended, perhaps after messages that have not been received; false if
    /// that cannot be told.
    [[nodiscard]] virtual bool has_ended() const { return false; }
    /// How long the peer may be silent while we receive; counts from now.
    virtual void set_idle_timeout(duration limit) = 0;

    /// Adds a message to those that flush() sends.
    virtual void put(std::string_view message) = 0;
    /// Bytes that nobody sends yet.
    [[nodiscard]] virtual std::size_t unsent() const = 0;
    /// Whether a coroutine waits for the peer to take what it sends.
    [[nodiscard]] virtual bool is_sending() const = 0;
    /// Sends all that was put; if another coroutine sends already, it takes this along, and we need
    /// not wait. Throws what ends the connection.
    virtual asio::awaitable<void> flush() = 0;
};

/// A channel that has no room for a pickle gives this in its place.
inline constexpr std::string_view dropped_pickle = "\x80";

/// Says that somebody sends, as long as the object lives.
class Sending {
public:
    explicit Sending(bool& sending) : sending_(sending) { sending_ = true; }
    ~Sending() { sending_ = false; }
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;

private:
    bool& sending_;
};

}  // namespace cookbook::rpc
