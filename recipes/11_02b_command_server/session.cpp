#include "session.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <span>
#include <utility>

#include "11_02_tcp_server/line_buffer.hpp"
#include "common/net/stream.hpp"

namespace cookbook::command_server {
namespace {

std::string name_of(const tcp::socket& socket) {
    error_code gone;  // the peer may have left already: then it is "an unknown address"
    return to_string(socket.remote_endpoint(gone));
}

}  // namespace

Session::Session(tcp::socket socket, Room& room, Flusher& flusher, const Options& options)
    : Member(name_of(socket), options.max_queue),
      socket_(std::move(socket)),
      room_(room),
      flusher_(flusher),
      options_(options),
      changed_(socket_.get_executor(), asio::steady_timer::time_point::max()),
      writer_(socket_.get_executor()) {
    socket_.non_blocking(true);
    error_code gone;  // if the peer has gone already, the first read reports it
    socket_.set_option(tcp::no_delay(true), gone);
    socket_.set_option(tcp::socket::keep_alive(true), gone);
}

Session::~Session() {
    room_.leave(*this);
    flusher_.remove(*this);
}

asio::awaitable<void> Session::run() {
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    cancellation_ = co_await this_coro::cancellation_state;
    std::exception_ptr failure;
    try {
        co_await converse();
    } catch (...) {
        failure = std::current_exception();
    }
    writer_.cancel();
    co_await writer_.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (outbox.empty() && !is_broken() && !is_stopped(asio::cancellation_type::terminal)) {
        idle_.reset();  // which refers to the socket
        SocketStream stream(std::move(socket_));
        co_await lingering_close(stream);
    }
}

asio::awaitable<void> Session::converse() {
    idle_.emplace(socket_, Deadline::Effect::cancel);
    room_.join(*this);
    co_await read_lines();
    leave_room();
    co_await send_the_rest();
}

asio::awaitable<void> Session::read_lines() {
    std::optional<tcp_server::LineBuffer> lines;  // none while nothing comes: most clients listen
    idle_->expires_after(options_.limits.idle_timeout);
    while (!has_ended()) {
        if (!lines) {
            co_await socket_.async_wait(tcp::socket::wait_read, use_nothrow);
            if (has_ended()) {
                break;
            }
            lines.emplace(options_.max_line);
        }
        const std::span<char> space = lines->space();
        const auto [read_error, size] =
            co_await socket_.async_read_some(asio::buffer(space), use_nothrow);
        const TimePoint arrived = std::chrono::steady_clock::now();
        if (read_error == asio::error::eof) {
            co_await handle_lines(lines->rest(), arrived);  // the last one, if it has no line feed
        }
        if (read_error) {
            break;
        }
        idle_->expires_after(options_.limits.idle_timeout);
        room_.count_received(size);
        co_await handle_lines(lines->take(size), arrived);
        if (lines->too_long() && co_await wait_for_room()) {
            room_.refuse_long_line(*this);
        }
        if (lines->rest().empty()) {
            lines.reset();
        }
    }
}

asio::awaitable<void> Session::handle_lines(std::string_view lines, TimePoint arrived) {
    while (!lines.empty()) {
        const bool may_go_on = co_await wait_for_room();
        if (!may_go_on) {
            co_return;
        }
        room_.handle(*this, tcp_server::take_line(lines), arrived);
    }
}

/// Until then, no line of the client is handled. Returns false if it has ended.
asio::awaitable<bool> Session::wait_for_room() {
    // [step 4] Wait while the queue is more than half full. (stub: co_return !has_ended();)
    while (!outbox.has_room() && !has_ended()) {
        co_await changed_.async_wait(use_nothrow);
    }
    co_return !has_ended();
    // [end]
}

/// Says why, if it is we who end.
void Session::leave_room() {
    if (is_stopped(asio::cancellation_type::all)) {
        room_.drop(*this, Reason::shutdown);
    } else if (idle_->expired()) {
        room_.drop(*this, Reason::idle);
    }
    room_.leave(*this);
    outbox.end({}, Outbox::Unsent::send);
}

/// Waits until all that is queued has been taken, the peer is gone, or the server will not wait for
/// it any longer.
asio::awaitable<void> Session::send_the_rest() {
    idle_.emplace(socket_, Deadline::Effect::cancel);
    if (dropped != Reason::shutdown) {  // whose limit is the drain
        idle_->expires_after(options_.limits.idle_timeout);
    }
    while (!outbox.empty() && !is_broken() && !is_stopped(asio::cancellation_type::terminal)) {
        co_await changed_.async_wait(use_nothrow);
    }
}

void Session::flush() {
    const bool all_sent = send_queued();  // even if blocked: the kernel may have room again
    if (!all_sent && !blocked_) {
        blocked_ = true;
        writer_.spawn(write_when_possible());
    }
    changed_.cancel();
    if (outbox.ended()) {
        error_code ignored;       // it may be closed already
        socket_.cancel(ignored);  // read_lines() may wait for a line that nobody will handle
    }
}

/// The one place that sends: two writes at once would mix their lines. Returns false if there is
/// more, and the kernel does not take it now.
bool Session::send_queued() {
    Outbox::Buffers buffers;
    while (!outbox.empty() && !broken_) {
        error_code error;
        const std::size_t size = socket_.write_some(outbox.gather(buffers), error);
        outbox.consume(size);
        room_.count_sent(size);
        if (error == asio::error::would_block) {
            return false;
        }
        broken_ = error.failed();
        if (!dropped) {  // who is dropped has one limit for all of its last line
            idle_->expires_after(options_.limits.idle_timeout);
        }
    }
    return true;
}

asio::awaitable<void> Session::write_when_possible() {
    co_await this_coro::throw_if_cancelled(false);
    const asio::cancellation_state own = co_await this_coro::cancellation_state;
    while (blocked_ && own.cancelled() == asio::cancellation_type::none) {
        // Whoever cancels the reading, cancels this wait, too: then there is one more try.
        co_await socket_.async_wait(tcp::socket::wait_write, use_nothrow);
        blocked_ = !send_queued();
        changed_.cancel();
    }
}

bool Session::is_stopped(asio::cancellation_type by) const {
    return (cancellation_.cancelled() & by) != asio::cancellation_type::none;
}

bool Session::has_ended() const {
    return outbox.ended() || is_broken() || is_stopped(asio::cancellation_type::all);
}

asio::awaitable<void> handle(tcp::socket socket, Room& room, Flusher& flusher, Options options) {
    Session session(std::move(socket), room, flusher, options);
    co_await session.run();
}

}  // namespace cookbook::command_server
