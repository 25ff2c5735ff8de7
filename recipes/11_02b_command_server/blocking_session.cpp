#include "blocking_session.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "sockets.hpp"

namespace cookbook::command_server {
namespace {

constexpr auto max_linger = 2s;  // for the peer's end, after ours

int milliseconds_until(TimePoint time) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(time - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 60'000));
}

}  // namespace

BlockingSession::BlockingSession(tcp_server::Connection connection, SharedRoom& shared,
                                 const Options& options)
    : Member(name_of_peer(connection.descriptor()), options.max_queue),
      connection_(std::move(connection)),
      shared_(shared),
      options_(options) {
    move_limit();
}

void BlockingSession::run() {
    const std::jthread writer([this] { write_lines(); });  // joins in its destructor
    std::exception_ptr failure;
    try {
        read_lines();
    } catch (...) {
        failure = std::current_exception();
    }
    end_reading();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

void BlockingSession::wake() {
    if (dropped == Reason::shutdown) {
        limit_ = TimePoint::max();  // its limit is the drain
    } else if (dropped) {           // for its last line
        limit_ = std::chrono::steady_clock::now() + options_.limits.idle_timeout;
    }
    changed_.notify_all();
}

void BlockingSession::read_lines() {
    tcp_server::LineBuffer lines(options_.max_line);
    {
        const Lock lock(shared_.mutex);
        shared_.room.join(*this);
    }
    while (handle_next(lines, receive(connection_.descriptor(), lines.space()))) {
    }
}

/// Returns whether there may be more.
bool BlockingSession::handle_next(tcp_server::LineBuffer& lines, ssize_t size) {
    const TimePoint arrived = std::chrono::steady_clock::now();
    Lock lock(shared_.mutex);
    if (size < 0 || has_ended()) {
        return false;
    }
    if (size == 0) {
        handle_lines(lock, lines.rest(), arrived);  // the last one, if it has no line feed
        return false;
    }
    const auto received = static_cast<std::size_t>(size);
    shared_.room.count_received(received);
    move_limit();
    handle_lines(lock, lines.take(received), arrived);
    if (lines.too_long() && wait_for_room(lock)) {
        shared_.room.refuse_long_line(*this);
    }
    return !has_ended();
}

void BlockingSession::handle_lines(Lock& lock, std::string_view lines, TimePoint arrived) {
    while (!lines.empty() && wait_for_room(lock)) {
        shared_.room.handle(*this, tcp_server::take_line(lines), arrived);
    }
}

/// Until then, no line of the client is handled. Returns false if it has ended.
bool BlockingSession::wait_for_room(Lock& lock) {
    changed_.wait(lock, [this] { return outbox.has_room() || has_ended(); });
    return !has_ended();
}

/// Closed with bytes unread, a connection is reset, and what the peer has not read is lost with it:
/// what still comes is discarded, until the writing thread has had enough of it.
void BlockingSession::end_reading() {
    Lock lock(shared_.mutex);
    shared_.room.leave(*this);
    outbox.end({}, Outbox::Unsent::send);
    changed_.notify_all();
    lock.unlock();
    std::array<char, std::size_t{16} << 10U> discarded;
    while (receive(connection_.descriptor(), discarded) > 0) {
    }
    lock.lock();
    reading_ended_ = true;
    changed_.notify_all();
}

/// Sends what is queued, and waits until there is more or the kernel takes more. It also looks at
/// the clock.
void BlockingSession::write_lines() {
    Lock lock(shared_.mutex);
    while (!broken_ && !(outbox.ended() && outbox.empty())) {
        flush();
        if (!outbox.empty() && !broken_) {
            wait_until_writable(lock);
        } else if (!has_ended()) {
            changed_.wait_until(lock, limit_);
            look_at_the_limit();
        }
    }
    end_writing(lock);
}

/// Under the lock, which no other thread has to wait for long: the kernel takes what it takes at
/// once. So two writes at once are impossible, whoever needs room in a queue can make it, and a
/// speaker that holds the lock again and again drops no client that reads.
void BlockingSession::flush() {
    while (!outbox.empty() && !broken_ && send_some()) {
    }
    changed_.notify_all();  // there may be room for a response
}

/// Returns whether it is worth while to go on.
bool BlockingSession::send_some() {
    Outbox::Buffers buffers;
    const ssize_t size = send_now(connection_.descriptor(), outbox.gather(buffers));
    const int error = errno;
    outbox.consume(size > 0 ? static_cast<std::size_t>(size) : 0);
    if (size > 0) {
        shared_.room.count_sent(static_cast<std::size_t>(size));
        move_limit();
        return true;
    }
    broken_ = error != EAGAIN && error != EINTR;
    return error == EINTR;
}

void BlockingSession::wait_until_writable(Lock& lock) {
    pollfd writable{.fd = connection_.descriptor(), .events = POLLOUT, .revents = 0};
    const int timeout = milliseconds_until(limit_);
    lock.unlock();
    ::poll(&writable, 1, timeout);
    lock.lock();
    look_at_the_limit();
}

/// Drops a client that is silent for too long, and gives up one that does not even take that line.
void BlockingSession::look_at_the_limit() {
    const TimePoint now = std::chrono::steady_clock::now();
    if (now < limit_) {
        return;
    }
    if (outbox.ended()) {
        broken_ = true;
        changed_.notify_all();
    } else {
        shared_.room.drop(*this, Reason::idle);
    }
}

/// Ends our half, and gives the peer a moment to end its own. Then wakes the reading thread.
void BlockingSession::end_writing(Lock& lock) {
    if (!broken_) {
        ::shutdown(connection_.descriptor(), SHUT_WR);
        changed_.wait_for(lock, max_linger, [this] { return reading_ended_; });
    }
    ::shutdown(connection_.descriptor(), SHUT_RDWR);
}

void BlockingSession::move_limit() {
    if (!dropped) {  // who is dropped has one limit for all of its last line
        limit_ = std::chrono::steady_clock::now() + options_.limits.idle_timeout;
    }
}

}  // namespace cookbook::command_server
