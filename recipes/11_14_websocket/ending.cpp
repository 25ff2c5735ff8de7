// How a connection ends: by silence, by the server's order, by a Close.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <exception>
#include <tuple>
#include <utility>

#include "common/async/describe.hpp"
#include "connection.hpp"

namespace cookbook::websocket {
namespace {

bool is_stopped(const asio::cancellation_state& cancellation, asio::cancellation_type by) {
    return (cancellation.cancelled() & by) != asio::cancellation_type::none;
}

}  // namespace

/// How long a peer may be silent until it is asked: half of its time is left for the answer.
Deadline::clock::duration Connection::patience() const {
    return std::min(options_.ping_interval, options_.idle_timeout / 2);
}

/// Nothing has come for as long as we are patient, the idle timeout or, once we have said Close,
/// the close timeout. What comes does not move the deadline, which would cost more than a small
/// message: it is looked at when the deadline has passed.
void Connection::on_silence() {
    const auto now = Deadline::clock::now();
    if (!input_.empty() && !sender_.is_blocked()) {
        heard_ = now;  // it is we who do not listen
    }
    const auto silence = now - std::max(heard_, sender_.last_progress());
    if (sender_.ended() || silence >= options_.idle_timeout) {
        give_up();
    } else if (silence < patience()) {
        has_pinged_ = false;
        silence_.expires_after(patience() - silence);
    } else {
        has_pinged_ = true;
        sender_.queue_control(Opcode::ping, {});
        flush();
        silence_.expires_after(options_.idle_timeout - silence);
    }
}

void Connection::give_up() {
    close(close_code::going_away, "nothing has come for too long");
    flush();
    sender_.give_up();
    error_code ignored;  // it may be closed already
    stream_.close(ignored);
}

/// The server's order to end comes once, as a `total` cancellation; then the peer is told. Whoever
/// cancels more than that waits for nobody.
void Connection::heed_cancellation() {
    if (is_stopped(cancellation_, asio::cancellation_type::terminal)) {
        sender_.give_up();
    } else if (is_stopped(cancellation_, asio::cancellation_type::total)) {
        close(close_code::going_away, "the server is stopping");
        flush();
    }
}

asio::awaitable<void> Connection::finish() {
    close(close_code::normal, {});
    do {
        while (next()) {
        }
    } while (co_await wait());
    while (sender_.is_blocked()) {
        co_await wait_for_sender();
    }
    if (!sender_.is_broken()) {
        co_await end_stream();
    } else if (!reading_ended_ && ending_.is_normal()) {
        ending_.code = close_code::abnormal;  // our Close, not answered, is no end in order
    }
}

/// A server ends the stream first, so that it is the client's port that rests in TIME_WAIT; a
/// client waits for that.
asio::awaitable<void> Connection::end_stream() {
    if (role_ == Role::server) {
        constexpr asio::steady_timer::duration max_linger = 2s;
        co_await lingering_close(stream_, std::min(options_.close_timeout, max_linger));
        co_return;
    }
    std::array<char, 1024> discarded;
    for (error_code error; !error;) {
        std::tie(error, std::ignore) = co_await stream_.read_some(asio::buffer(discarded));
    }
}

asio::awaitable<void> converse(Connection& connection, asio::awaitable<void> talk) {
    co_await this_coro::throw_if_cancelled(false);
    connection.cancellation_ = co_await this_coro::cancellation_state;
    std::exception_ptr failure;
    try {
        co_await std::move(talk);
    } catch (const std::exception& thrown) {
        spdlog::error("conversation failed: {}", describe(thrown));
        connection.close(close_code::internal_error, "internal error");
    }
    try {
        co_await connection.finish();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await connection.sender_.stop();  // which refers to the connection
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook::websocket
