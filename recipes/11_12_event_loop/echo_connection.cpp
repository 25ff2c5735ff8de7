#include "echo_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cookbook::event_loop {
namespace {

/// Whether a system call had only nothing to do, or was interrupted: the loop tells when to try
/// again.
bool is_transient(int error) {
    return error == EAGAIN || error == EINTR;
}

}  // namespace

EchoConnection::EchoConnection(TcpEcho& echo, Descriptor socket)
    : echo_(echo), socket_(std::move(socket)), last_activity_(echo.loop_.now()) {}

void EchoConnection::handle_receive() {
    // No more than there is room for. There is some, or the loop would not have been asked.
    const std::size_t room = echo_.settings_.max_unsent - unsent_.size();
    const std::size_t size = std::min(room, echo_.buffer_.size());
    const ssize_t n = ::recv(socket_.get(), echo_.buffer_.data(), size, 0);
    if (n > 0) {
        echo({echo_.buffer_.data(), static_cast<std::size_t>(n)});
    } else {
        input_ended_ = n == 0;
        broken_ = n < 0 && !is_transient(errno);
    }
    update();
}

void EchoConnection::echo(std::string_view received) {
    if (output_ended_) {
        return;  // too late
    }
    echo_.touch(*this);
    // [step 3] Send what the socket takes, unless earlier bytes wait; keep the rest.
    if (unsent_.empty()) {
        received.remove_prefix(send_some(received));
    }
    if (!received.empty()) {
        unsent_.append(received);
    }
    // [end]
}

void EchoConnection::handle_send() {
    // [step 3] Send what the socket takes of the rest, and keep what is left.
    unsent_.erase(0, send_some(unsent_));
    // [end]
    echo_.touch(*this);
    update();
}

/// Returns how much the kernel has taken, to send it on.
std::size_t EchoConnection::send_some(std::string_view data) {
    const ssize_t n = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
    broken_ = n < 0 && !is_transient(errno);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
}

/// Ends the connection, or tells the loop what it waits for now.
void EchoConnection::update() {
    if (broken_ || (input_ended_ && unsent_.empty())) {
        echo_.close(*this);
        return;
    }
    if (draining_ && !output_ended_ && is_idle()) {
        // Not close(): what the peer has sent meanwhile would be answered by a reset, and that
        // destroys what is still on the way to the peer. So wait for its end of file first.
        ::shutdown(socket_.get(), SHUT_WR);
        output_ended_ = true;
        echo_.touch(*this);
    }
    // [step 3] Say what to wait for: room to send while there is a rest, input while there is room.
    const bool receive = !input_ended_ && unsent_.size() < echo_.settings_.max_unsent;
    const bool send = !unsent_.empty();
    echo_.loop_.set_interest(socket_.get(), (receive ? Interest::receive : Interest::none) |
                                                (send ? Interest::send : Interest::none));
    // [end]
}

/// Whether there is nothing to send and nothing to receive, not even an end of file.
bool EchoConnection::is_idle() const {
    char byte = 0;
    return unsent_.empty() && ::recv(socket_.get(), &byte, 1, MSG_PEEK) < 0;
}

void EchoConnection::drain() {
    draining_ = true;
    update();
}

}  // namespace cookbook::event_loop
