#include "tcp_echo.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <memory>
#include <utility>

#include "echo_connection.hpp"

namespace cookbook::event_loop {
namespace {

/// How long a peer may take to end its half after we have ended ours.
constexpr asio::steady_timer::duration max_linger = 2s;

void set_flag(const Descriptor& socket, int level, int option) {
    const int on = 1;  // fails only if the peer has gone already, which the first receive reports
    ::setsockopt(socket.get(), level, option, &on, sizeof on);
}

}  // namespace

class TcpEcho::Acceptor final : public Handler {
public:
    explicit Acceptor(TcpEcho& echo) : echo_(echo) {}
    void handle_receive() override { echo_.accept(); }

private:
    TcpEcho& echo_;
};

TcpEcho::TcpEcho(EventLoop& loop, tcp::acceptor acceptor, const Settings& settings,
                 std::function<void()> closed)
    : loop_(loop), acceptor_(std::move(acceptor)), settings_(settings), closed_(std::move(closed)) {
    acceptor_.native_non_blocking(true);
    loop_.watch(acceptor_.native_handle(), Interest::receive, std::make_unique<Acceptor>(*this));
}

void TcpEcho::accept() {
    while (connections() < settings_.limits.max_connections) {
        const int socket =
            ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0 && errno == EAGAIN) {
            break;  // nobody else waits
        }
        if (socket < 0) {
            recover_from(error_code(errno, boost::system::system_category()));
            break;
        }
        admit(Descriptor(socket, "accept"));
    }
    update_acceptor();
}

void TcpEcho::admit(Descriptor socket) try {
    set_flag(socket, IPPROTO_TCP, TCP_NODELAY);
    set_flag(socket, SOL_SOCKET, SO_KEEPALIVE);
    const int descriptor = socket.get();
    auto connection = std::make_unique<EchoConnection>(*this, std::move(socket));
    EchoConnection& admitted = *connection;
    loop_.watch(descriptor, Interest::receive, std::move(connection));
    admitted.position_ = by_activity_.insert(by_activity_.end(), &admitted);
    watch_for_silence();
} catch (const std::runtime_error& unwatchable) {
    spdlog::warn("connection closed: {}", unwatchable.what());
}

/// The connection stays in the backlog: accepting at once would fail again at once, for ever.
void TcpEcho::recover_from(error_code accept_error) {
    const auto pause = pause_after_accept_error(accept_error);
    if (pause > 0s) {
        pausing_ = true;
        loop_.after(pause, [this] {
            pausing_ = false;
            update_acceptor();
        });
    }
}

/// Connections that may not be accepted yet wait in the backlog, and the loop is not told of them.
void TcpEcho::update_acceptor() {
    if (acceptor_.is_open()) {
        const bool room = connections() < settings_.limits.max_connections;
        loop_.set_interest(acceptor_.native_handle(),
                           room && !pausing_ ? Interest::receive : Interest::none);
    }
}

/// One timer for all: it expires when the first of the list may have been silent for too long.
void TcpEcho::watch_for_silence() {
    if (!silence_timed_ && !by_activity_.empty()) {
        silence_timed_ = true;
        const auto expiry = by_activity_.front()->last_activity_ + settings_.limits.idle_timeout;
        loop_.after(expiry - loop_.now(), [this] { close_silent(); });
    }
}

void TcpEcho::close_silent() {
    const auto limit = settings_.limits.idle_timeout;
    while (!by_activity_.empty() && loop_.now() - by_activity_.front()->last_activity_ >= limit) {
        close(*by_activity_.front());
    }
    silence_timed_ = false;
    watch_for_silence();
}

void TcpEcho::touch(EchoConnection& connection) {
    connection.last_activity_ = loop_.now();
    by_activity_.splice(by_activity_.end(), by_activity_, connection.position_);
}

void TcpEcho::close(EchoConnection& connection) {
    by_activity_.erase(connection.position_);
    loop_.unwatch(connection.socket_.get());  // it is closed when the handler is destroyed
    update_acceptor();
    closed_();
}

void TcpEcho::drain() {
    loop_.unwatch(acceptor_.native_handle());
    acceptor_.close();
    const Connections all = by_activity_;  // which changes meanwhile
    for (EchoConnection* connection : all) {
        connection->drain();
    }
    close_lingering();
}

/// Looks again and again, as long as anybody is connected.
void TcpEcho::close_lingering() {
    for (auto next = by_activity_.begin(); next != by_activity_.end();) {
        EchoConnection& connection = **next++;  // which may leave the list
        if (connection.output_ended_ && loop_.now() - connection.last_activity_ >= max_linger) {
            close(connection);
        }
    }
    if (!by_activity_.empty()) {
        loop_.after(100ms, [this] { close_lingering(); });
    }
}

}  // namespace cookbook::event_loop
