#include "listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace cookbook::tcp_server {
namespace {

template <typename Value>
void set_option(int descriptor, int level, int name, const Value& value) {
    // Fails only if the peer has gone already, which the first receive reports.
    ::setsockopt(descriptor, level, name, &value, sizeof value);
}

timeval to_timeval(asio::steady_timer::duration limit) {
    const auto all = std::chrono::duration_cast<std::chrono::microseconds>(limit).count();
    return {.tv_sec = all / 1'000'000, .tv_usec = all % 1'000'000};
}

}  // namespace

Connection::Connection(Listener& listener, int descriptor)
    : listener_(&listener), descriptor_(descriptor) {
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);  // both as in coroutine_echo.cpp
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    const timeval idle = to_timeval(listener.limits_.idle_timeout);
    set_option(descriptor, SOL_SOCKET, SO_RCVTIMEO, idle);
    set_option(descriptor, SOL_SOCKET, SO_SNDTIMEO, idle);
    const std::scoped_lock lock(listener.mutex_);
    listener.open_.insert(descriptor);
    if (listener.stopping_) {
        ::shutdown(descriptor, SHUT_RDWR);  // accepted in the very moment of the stop
    }
}

Connection::Connection(Connection&& other) noexcept
    : listener_(other.listener_), descriptor_(std::exchange(other.descriptor_, -1)) {}

Connection::~Connection() {
    if (descriptor_ >= 0) {
        const std::scoped_lock lock(listener_->mutex_);
        listener_->open_.erase(descriptor_);
        ::close(descriptor_);
        listener_->changed_.notify_all();
    }
}

Listener::Listener(tcp::acceptor acceptor, Limits limits, const std::stop_token& stop_token)
    : acceptor_(std::move(acceptor)),
      limits_(limits),
      on_stop_(stop_token, [this] { stop(); }),
      drain_([this](const std::stop_token& closed) { cut_off_after_drain(closed); }) {}

void Listener::stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RD);  // makes accept(2) return, with EINVAL
    changed_.notify_all();
}

std::optional<Connection> Listener::accept() {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || open_.size() < limits_.max_connections; });
        if (stopping_) {
            return std::nullopt;
        }
        lock.unlock();
        const int descriptor = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor >= 0) {
            return Connection(*this, descriptor);
        }
        recover_from(error_code(errno, boost::system::system_category()));
    }
}

void Listener::recover_from(error_code accept_error) try {
    std::unique_lock lock(mutex_);
    if (!stopping_) {
        changed_.wait_for(lock, pause_after_accept_error(accept_error),
                          [this] { return stopping_; });
    }
} catch (const std::system_error&) {  // it is broken: have the other threads end, too
    stop();
    throw;
}

void Listener::cut_off_after_drain(const std::stop_token& closed) {
    // [step 4] After a stop, wait for drain_timeout, then cut who is left. (stub: (void)closed;)
    std::unique_lock lock(mutex_);
    changed_.wait(lock, closed, [this] { return stopping_; });
    changed_.wait_for(lock, closed, limits_.drain_timeout, [] { return false; });
    for (const int descriptor : open_) {
        ::shutdown(descriptor, SHUT_RDWR);  // wakes the thread that waits on it
    }
    // [end]
}

}  // namespace cookbook::tcp_server
