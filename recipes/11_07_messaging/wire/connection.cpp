#include "connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/async/deadline.hpp"
#include "protocol.hpp"
#include "receive_buffer.hpp"

namespace cookbook::messaging {

struct Connection::State {
    State(std::unique_ptr<Stream> connected, Options chosen)
        : stream(std::move(connected)), receiving(*stream), sending(*stream), options(chosen) {}

    /// Limits what is to come. The handshake has one limit for all its messages, which stays.
    void expires_after(Deadline& deadline, asio::steady_timer::duration limit) const {
        if (!authenticating) {
            deadline.expires_after(limit);
        }
    }
    void clear(Deadline& deadline) const {
        if (!authenticating) {
            deadline.clear();
        }
    }
    /// timed_out, if either limit has closed the stream.
    [[nodiscard]] error_code reason(error_code error) const {
        return receiving.reason(sending.reason(error));
    }

    Progress on_read(error_code error, std::size_t size,
                     const asio::cancellation_state& cancellation);

    std::unique_ptr<Stream> stream;
    Deadline receiving;
    Deadline sending;
    Options options;
    bool authenticating = false;
    bool idle = false;  // waiting for the peer to begin a message
    ReceiveBuffer received;
};

Connection::Progress Connection::State::on_read(error_code error, std::size_t size,
                                                const asio::cancellation_state& cancellation) {
    if (!error) {
        received.commit(size);
        return Progress::bytes;
    }
    if (error == asio::error::eof) {
        return Progress::end;
    }
    if (error == asio::error::operation_aborted &&
        cancellation.cancelled() == asio::cancellation_type::total) {
        return Progress::interrupted;
    }
    throw boost::system::system_error(reason(error));
}

Connection::Connection(std::unique_ptr<Stream> stream, Options options)
    : state_(std::make_unique<State>(std::move(stream), options)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection::~Connection() = default;

asio::awaitable<void> Connection::authenticate(SharedKey key, Role role) {
    // One limit for all of it, so that no peer holds a place by sending a byte now and then.
    state_->receiving.expires_after(state_->options.handshake_timeout);
    state_->authenticating = true;
    // [step 4] Both sides prove themselves: the listener challenges first, then answers.
    if (role == Role::listener) {
        co_await challenge_peer(*key);
        co_await answer_peer(*key);
    } else {
        co_await answer_peer(*key);
        co_await challenge_peer(*key);
    }
    // [end]
    state_->authenticating = false;
    state_->receiving.clear();
}

asio::awaitable<void> Connection::challenge_peer(const Key& key) {
    const std::string challenge = make_challenge();
    co_await send_bytes(challenge);
    const std::string_view answer = co_await receive(max_handshake_message);
    const error_code verdict = check_answer(key, challenge, answer, state_->options.md5);
    // Whatever is wrong with the answer, the peer is sent the same.
    co_await send_bytes(verdict ? failure : welcome);
    if (verdict) {
        throw boost::system::system_error(verdict);
    }
}

asio::awaitable<void> Connection::answer_peer(const Key& key) {
    const std::string_view challenge = co_await receive(max_handshake_message);
    const std::string answer = answer_challenge(key, challenge, state_->options.md5).value();
    co_await send_bytes(answer);
    const std::string_view verdict = co_await receive(max_handshake_message);
    if (verdict != welcome) {
        throw boost::system::system_error(Error::rejected);
    }
}

asio::awaitable<std::optional<std::string_view>> Connection::recv_bytes() {
    State& state = *state_;
    state.received.drop_message();
    if (state.received.empty()) {
        const auto cancellation = co_await this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) {
            co_return std::nullopt;
        }
        state.expires_after(state.receiving, state.options.idle_timeout);
        state.idle = true;
        const auto [read_error, n] = co_await state.stream->read_some(state.received.room());
        state.idle = false;
        if (state.on_read(read_error, n, cancellation) != Progress::bytes) {
            co_return std::nullopt;
        }
    }
    auto message = state.received.next_message(state.options.max_message);
    if (!message) {
        state.expires_after(state.receiving, state.options.message_timeout);
        message = co_await receive(state.options.max_message);
    }
    state.clear(state.receiving);
    co_return message;
}

asio::awaitable<std::optional<Value>> Connection::recv() {
    const auto message = co_await recv_bytes();
    if (!message) {
        co_return std::nullopt;
    }
    co_return decode(state_->options.codec, *message);
}

/// The next message, of at most `max_size` bytes.
asio::awaitable<std::string_view> Connection::receive(std::uint64_t max_size) {
    State& state = *state_;
    state.received.drop_message();
    const auto cancellation = co_await this_coro::cancellation_state;
    for (;;) {
        if (const auto message = state.received.next_message(max_size)) {
            co_return *message;
        }
        const auto [read_error, n] = co_await state.stream->read_some(state.received.room());
        if (state.on_read(read_error, n, cancellation) == Progress::end) {
            throw boost::system::system_error(state.received.empty() ? error_code(asio::error::eof)
                                                                     : Error::cut_short);
        }
    }
}

asio::awaitable<void> Connection::send_bytes(std::string_view message) {
    State& state = *state_;
    const std::string header = encode_header(message.size());
    std::array<asio::const_buffer, 2> parts = {asio::buffer(header), asio::buffer(message)};
    // Header and message in one segment, and mostly the socket takes both at once.
    error_code write_error;
    const std::size_t sent = state.stream->write_now(parts, write_error);
    parts[1] += sent - std::min(sent, header.size());
    parts[0] += sent;
    if (write_error == asio::error::would_block || (!write_error && parts[1].size() > 0)) {
        state.expires_after(state.sending, state.options.message_timeout);
        const auto [error, n] = co_await state.stream->write(parts);
        write_error = error;
        state.clear(state.sending);
    }
    if (write_error) {
        throw boost::system::system_error(state.reason(write_error));
    }
}

asio::awaitable<void> Connection::send_framed(std::string_view messages) {
    State& state = *state_;
    state.sending.expires_after(state.options.message_timeout);
    const error_code error = co_await write_all(*state.stream, asio::buffer(messages));
    state.sending.clear();
    if (error) {
        throw boost::system::system_error(state.reason(error));
    }
}

asio::awaitable<void> Connection::send(Value value) {
    const std::string message = encode(state_->options.codec, value);
    // While a slow reader has us wait, only the bytes stay: small objects take many times as much.
    value = {};
    co_await send_bytes(message);
}

bool Connection::has_message() const {
    return state_->received.has_another(state_->options.max_message);
}

bool Connection::has_ended() const {
    return state_->stream->has_ended();
}

void Connection::set_idle_timeout(asio::steady_timer::duration limit) {
    state_->options.idle_timeout = limit;
    if (state_->idle) {
        state_->receiving.expires_after(limit);
    }
}

std::unique_ptr<Stream> Connection::release() {
    state_->received.drop_message();
    if (!state_->received.empty()) {
        throw boost::system::system_error(Error::unread_data);
    }
    std::unique_ptr<Stream> stream = std::move(state_->stream);
    state_.reset();
    return stream;
}

}  // namespace cookbook::messaging
