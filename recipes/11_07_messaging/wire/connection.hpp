// One authenticated connection, over which whole messages travel.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "11_07_messaging/codec.hpp"
#include "common/async/asio.hpp"
#include "common/net/secret.hpp"
#include "common/net/stream.hpp"
#include "handshake.hpp"

namespace cookbook::messaging {

struct Options {
    Codec codec = Codec::pickle;
    Md5 md5 = Md5::refused;
    /// A peer that announces a longer message is disconnected. At most 4 GiB - 1.
    std::uint64_t max_message = std::uint64_t{16} << 20U;
    /// For the whole handshake.
    asio::steady_timer::duration handshake_timeout = 5s;
    /// For one message, from its first byte to its last, either way.
    asio::steady_timer::duration message_timeout = 30s;
    /// For the peer to begin its next message.
    asio::steady_timer::duration idle_timeout = 60s;
};

/// Who begins the handshake: the listener challenges first, then answers.
enum class Role { listener, client };

/// One connection over any Stream. At most one coroutine receives and one sends at a time. They
/// throw system_error: what the stream reports, timed_out after one of the limits, and Error. After
/// that the connection is of no more use.
class Connection {
public:
    Connection(std::unique_ptr<Stream> stream, Options options);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    /// Proves to the peer that we know the key, and has it prove the same, within
    /// handshake_timeout. Call it first: a peer that does not know the key learns nothing but that.
    /// Throws Error::wrong_answer and Error::rejected, among others.
    asio::awaitable<void> authenticate(SharedKey key, Role role);

    /// Receives one message, which is valid until the next call. Returns nothing if the peer has
    /// closed the connection after its last message, or if our caller was told to finish (by a
    /// `total` cancellation, see TaskGroup::drain) while no message was on its way.
    asio::awaitable<std::optional<std::string_view>> recv_bytes();
    /// The same as an object. Throws also what decode() throws.
    asio::awaitable<std::optional<Value>> recv();
    /// Whether the next message has come already, whole, so that receiving it costs no wait. Throws
    /// system_error(Error) as receiving it would.
    [[nodiscard]] bool has_message() const;
    /// Whether the peer has ended, perhaps after messages that have not been received; false if the
    /// stream cannot tell.
    [[nodiscard]] bool has_ended() const;
    /// Changes idle_timeout, also for a wait that is under way: it begins anew.
    void set_idle_timeout(asio::steady_timer::duration limit);

    /// Sends one message and returns when the kernel has all of it: a slow reader holds its sender
    /// up and costs no memory. `message` must live until then.
    asio::awaitable<void> send_bytes(std::string_view message);
    /// The same for an object. Throws also what encode() throws.
    asio::awaitable<void> send(Value value);
    /// The same for any number of messages at once, each after its encode_header().
    asio::awaitable<void> send_framed(std::string_view messages);

    /// Gives the stream up, for another protocol to go on with, and ends this object's use. Throws
    /// system_error(Error::unread_data) if the peer has sent more than was received: those bytes
    /// would be lost.
    std::unique_ptr<Stream> release();

private:
    struct State;
    enum class Progress { bytes, end, interrupted };

    asio::awaitable<void> challenge_peer(const Key& key);
    asio::awaitable<void> answer_peer(const Key& key);
    asio::awaitable<std::string_view> receive(std::uint64_t max_size);

    std::unique_ptr<State> state_;
};

}  // namespace cookbook::messaging
