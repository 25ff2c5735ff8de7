// 11.7 Messages between processes
//
// Problem: two programs, on one machine or on two, in Python or in C++, want to exchange whole
// objects and to be sure of each other.
// Solution: the wire of Python's multiprocessing.connection: each message behind its length, a
// mutual challenge of who knows the key before the first one, and a pickle codec that runs nothing.
// Start reading in echo.cpp, then Connection::authenticate below.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec.hpp"
#include "common/async/asio.hpp"
#include "common/net/tcp.hpp"
#include "common/net/unix.hpp"
#include "handshake.hpp"

namespace cookbook::messaging {

/// TCP and UNIX sockets alike.
using StreamSocket = asio::generic::stream_protocol::socket;

struct Options {
    Codec codec = Codec::pickle;
    Md5 md5 = Md5::refused;
    /// A peer that announces a longer message is hung up on. At most 4 GiB - 1.
    std::uint64_t max_message = std::uint64_t{16} << 20U;
    /// For the whole handshake; for one whole message to come or to be taken; between messages.
    asio::steady_timer::duration handshake_timeout = 5s;
    asio::steady_timer::duration message_timeout = 30s;
    asio::steady_timer::duration idle_timeout = 60s;
};

/// Who begins the handshake: the listener challenges first, then answers.
enum class Role { listener, client };

/// One connection, used by one coroutine at a time. All members but the constructor throw
/// system_error: what the socket says; timed_out after one of the limits; and Error. After a
/// failure the connection is of no more use.
class Connection {
public:
    Connection(StreamSocket socket, Options options);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    /// Shows the peer that we know the key, and has it show the same, within handshake_timeout.
    /// First of all: a peer that does not know the key learns nothing but that. Throws
    /// Error::wrong_answer and Error::rejected, among others.
    asio::awaitable<void> authenticate(SharedKey key, Role role);

    /// Receives one message, which is valid until the next call. Nothing where the peer has closed
    /// the connection after its last message, or where our caller was told to finish (by a `total`
    /// cancellation, see TaskGroup::drain) while no message was on its way.
    asio::awaitable<std::optional<std::string_view>> recv_bytes();
    /// The same as an object. Throws also what decode() throws.
    asio::awaitable<std::optional<Value>> recv();

    /// Sends one message, and waits until the kernel has it all: a reader that is slow holds its
    /// sender up and costs no memory. `message` must live until then.
    asio::awaitable<void> send_bytes(std::string_view message);
    asio::awaitable<void> send(Value value);

private:
    struct State;

    asio::awaitable<void> challenge_peer(const Key& key);
    asio::awaitable<void> answer_peer(const Key& key);
    enum class Progress { bytes, end, interrupted };

    asio::awaitable<bool> wait_for_message();
    asio::awaitable<std::string_view> receive(std::uint64_t most);
    asio::awaitable<Progress> read_some(std::size_t wanted);
    asio::awaitable<void> transmit(std::string_view message);

    std::unique_ptr<State> state_;
};

/// Connects and authenticates. Throws system_error, "connect ADDRESS: reason" or "authenticate with
/// ADDRESS: reason".
asio::awaitable<Connection> connect(HostPort address, SharedKey key, Options options = {});
asio::awaitable<Connection> connect(UnixAddress address, SharedKey key, Options options = {});

}  // namespace cookbook::messaging
