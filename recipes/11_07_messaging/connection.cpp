#include "connection.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "common/async/deadline.hpp"
#include "receive_buffer.hpp"

namespace cookbook::messaging {
namespace {

constexpr std::size_t shortest_read = 12;  // the longest header

}  // namespace

struct Connection::State {
    State(StreamSocket connected, Options chosen)
        : socket(std::move(connected)), deadline(socket), options(chosen) {}

    /// What an operation's failure means: it is the deadline that closes the socket under it.
    [[nodiscard]] error_code reason(error_code error) const {
        return deadline.expired() ? asio::error::timed_out : error;
    }

    StreamSocket socket;
    Deadline deadline;
    Options options;
    ReceiveBuffer received;
    std::size_t taken = 0;  // bytes of `received` that the caller may still look at
};

Connection::Connection(StreamSocket socket, Options options)
    : state_(std::make_unique<State>(std::move(socket), options)) {
    state_->socket.non_blocking(true);  // transmit() tries before it waits
    error_code only_tcp_has_it;
    state_->socket.set_option(tcp::no_delay(true), only_tcp_has_it);
}
Connection::Connection(Connection&&) noexcept = default;
Connection::~Connection() = default;

asio::awaitable<void> Connection::authenticate(SharedKey key, Role role) {
    // One limit for all of it, so that no peer holds a place by sending a byte now and then.
    state_->deadline.expires_after(state_->options.handshake_timeout);
    // [step 4] Both sides prove themselves: the listener challenges first, then answers.
    if (role == Role::listener) {
        co_await challenge_peer(*key);
        co_await answer_peer(*key);
    } else {
        co_await answer_peer(*key);
        co_await challenge_peer(*key);
    }
    // [end]
}

asio::awaitable<void> Connection::challenge_peer(const Key& key) {
    const std::string challenge = make_challenge();
    co_await transmit(challenge);
    const std::string_view answer = co_await receive(max_handshake_message);
    const error_code verdict = check_answer(key, challenge, answer, state_->options.md5);
    // Whatever is wrong with the answer, the peer hears the same.
    co_await transmit(verdict ? failure : welcome);
    if (verdict) {
        throw boost::system::system_error(verdict);
    }
}

asio::awaitable<void> Connection::answer_peer(const Key& key) {
    const std::string_view challenge = co_await receive(max_handshake_message);
    const std::string answer = answer_challenge(key, challenge, state_->options.md5).value();
    co_await transmit(answer);
    const std::string_view verdict = co_await receive(max_handshake_message);
    if (verdict != welcome) {
        throw boost::system::system_error(Error::rejected);
    }
}

asio::awaitable<std::optional<std::string_view>> Connection::recv_bytes() {
    const bool has_message = co_await wait_for_message();
    if (!has_message) {
        co_return std::nullopt;
    }
    state_->deadline.expires_after(state_->options.message_timeout);
    co_return co_await receive(state_->options.max_message);
}

asio::awaitable<std::optional<Value>> Connection::recv() {
    const auto message = co_await recv_bytes();
    if (!message) {
        co_return std::nullopt;
    }
    co_return decode(state_->options.codec, *message);
}

asio::awaitable<void> Connection::send_bytes(std::string_view message) {
    state_->deadline.expires_after(state_->options.message_timeout);
    co_await transmit(message);
}

asio::awaitable<void> Connection::send(Value value) {
    const std::string message = encode(state_->options.codec, value);
    co_await send_bytes(message);
}

/// False where there will be none.
asio::awaitable<bool> Connection::wait_for_message() {
    State& state = *state_;
    state.received.consume(std::exchange(state.taken, 0));
    if (!state.received.bytes().empty()) {
        co_return true;
    }
    const auto cancellation = co_await this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
        co_return false;
    }
    state.deadline.expires_after(state.options.idle_timeout);
    const Progress progress = co_await read_some(shortest_read);
    co_return progress == Progress::bytes;
}

/// The next message, of at most `most` bytes, whole.
asio::awaitable<std::string_view> Connection::receive(std::uint64_t most) {
    State& state = *state_;
    state.received.consume(std::exchange(state.taken, 0));
    for (;;) {
        const std::string_view bytes = state.received.bytes();
        const std::optional<Header> header = decode_header(bytes, most).value();
        const std::size_t wanted = header ? header->size + header->message : shortest_read;
        if (header && bytes.size() >= wanted) {
            state.taken = wanted;
            co_return bytes.substr(header->size, header->message);
        }
        const Progress progress = co_await read_some(wanted);
        if (progress == Progress::end) {
            throw boost::system::system_error(bytes.empty() ? error_code(asio::error::eof)
                                                            : Error::cut_short);
        }
    }
}

asio::awaitable<Connection::Progress> Connection::read_some(std::size_t wanted) {
    State& state = *state_;
    const auto [read_error, n] =
        co_await state.socket.async_read_some(state.received.prepare(wanted), use_nothrow);
    if (!read_error) {
        state.received.commit(n);
        co_return Progress::bytes;
    }
    if (read_error == asio::error::eof) {
        co_return Progress::end;
    }
    const auto cancellation = co_await this_coro::cancellation_state;
    if (read_error == asio::error::operation_aborted &&
        cancellation.cancelled() == asio::cancellation_type::total) {
        co_return Progress::interrupted;
    }
    throw boost::system::system_error(state.reason(read_error));
}

asio::awaitable<void> Connection::transmit(std::string_view message) {
    State& state = *state_;
    const std::string header = encode_header(message.size());
    std::array<asio::const_buffer, 2> parts = {asio::buffer(header), asio::buffer(message)};
    // Header and message in one segment, and mostly the socket takes both at once.
    error_code write_error;
    const std::size_t sent = state.socket.write_some(parts, write_error);
    parts[1] += sent - std::min(sent, header.size());
    parts[0] += sent;
    if (write_error == asio::error::would_block || asio::buffer_size(parts) > 0) {
        const auto [error, n] = co_await asio::async_write(state.socket, parts, use_nothrow);
        write_error = error;
    }
    if (write_error) {
        throw boost::system::system_error(state.reason(write_error));
    }
}

namespace {

template <typename AnyAddress>
asio::awaitable<Connection> connect_to(AnyAddress address, SharedKey key, Options options) {
    auto socket = co_await cookbook::connect(address);
    Connection connection(std::move(socket), options);
    try {
        co_await connection.authenticate(std::move(key), Role::client);
    } catch (const boost::system::system_error& failure) {
        if (failure.code() == asio::error::operation_aborted) {
            throw;
        }
        throw std::system_error(failure.code(), "authenticate with " + to_string(address));
    }
    co_return connection;
}

}  // namespace

asio::awaitable<Connection> connect(HostPort address, SharedKey key, Options options) {
    return connect_to(std::move(address), std::move(key), options);
}

asio::awaitable<Connection> connect(UnixAddress address, SharedKey key, Options options) {
    return connect_to(std::move(address), std::move(key), options);
}

}  // namespace cookbook::messaging
