#include "worker.hpp"

#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/cancellation_state.hpp>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "common/net/echo.hpp"
#include "common/net/stream.hpp"
#include "fd_message.hpp"
#include "socket_connection.hpp"

namespace cookbook::fd_passing {
namespace {

int socket_option(int descriptor, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// Whether it is or has been connected: a peer may have reset the connection while it waited.
bool has_peer(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        return true;
    }
    char unread = 0;
    return ::recv(socket, &unread, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != ENOTCONN;
}

bool is_tcp_connection(int descriptor) {
    const int family = socket_option(descriptor, SO_DOMAIN);
    return (family == AF_INET || family == AF_INET6) &&
           socket_option(descriptor, SO_PROTOCOL) == IPPROTO_TCP &&
           socket_option(descriptor, SO_ACCEPTCONN) == 0 && has_peer(descriptor);
}

asio::awaitable<void> echo_over(Descriptor connection, asio::steady_timer::duration idle_timeout) {
    const int family = socket_option(connection.get(), SO_DOMAIN);
    StreamSocket socket(co_await this_coro::executor);
    socket.assign({family, IPPROTO_TCP}, connection.get());
    static_cast<void>(connection.release());
    SocketStream stream(std::move(socket));  // whatever blocking mode it came in
    co_await echo(stream, idle_timeout);
}

}  // namespace

Worker::Worker(const asio::any_io_executor& executor, Limits limits)
    : limits_(limits), connections_(executor) {}

Greeting Worker::greet() {
    ended_ = 0;
    return {.pid = ::getpid(), .reports = Reports::each, .served = connections_.size()};
}

asio::awaitable<void> Worker::work(StreamSocket socket) {
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    socket.non_blocking(true);
    Link link(std::move(socket));
    link_ = &link;
    link.reports.send(std::string(std::exchange(ended_, 0), 'D'));
    TaskGroup halves(link.socket.get_executor());
    halves.spawn(log_failure(receive(link)));
    halves.spawn(log_failure(link.reports.send_rest()));
    co_await halves.join_first();
    link.reports.send(std::string(link.arrived.size(), 'N'));
    link_ = nullptr;
    co_await this_coro::throw_if_cancelled(throws);
}

/// Returns when the link has ended and all that came over it is taken.
asio::awaitable<void> Worker::receive(Link& link) {
    for (;;) {
        auto message = co_await receive_fds(link.socket);
        if (!message) {
            if (message.error().category() == error_category()) {
                spdlog::warn("hung up on the server: {}", message.error().message());
            }
            co_return;
        }
        for (Descriptor& descriptor : message->descriptors) {
            link.arrived.push_back(std::move(descriptor));
        }
        link.arrived.resize(link.arrived.size() + message->lost);
        for (take(link); !link.arrived.empty(); take(link)) {
            co_await connections_.wait_for_fewer_than(limits_.max_connections);
        }
    }
}

/// Answers for what has arrived, in that order, as far as there is room. The answer comes first:
/// once a byte of a connection has been read, nobody else can serve it.
void Worker::take(Link& link) {
    std::string reports;
    std::vector<Descriptor> taken;
    while (!link.arrived.empty() && connections_.size() + taken.size() < limits_.max_connections) {
        Descriptor descriptor = std::move(link.arrived.front());
        link.arrived.pop_front();
        const bool serve = is_tcp_connection(descriptor.get());
        reports += serve ? 'A' : 'N';
        if (serve) {
            taken.push_back(std::move(descriptor));
        }
    }
    link.reports.send(reports);
    for (Descriptor& connection : taken) {
        connections_.spawn(serve_connection(std::move(connection)));
    }
}

asio::awaitable<void> Worker::serve_connection(Descriptor connection) {
    co_await log_failure(echo_over(std::move(connection), limits_.idle_timeout));
    if (link_ != nullptr) {
        link_->reports.send("D");
    } else {
        ++ended_;
    }
}

asio::awaitable<void> Worker::join() {
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    co_await connections_.wait_for_fewer_than(1);
    co_await drain();
    co_await this_coro::throw_if_cancelled(throws);
}

asio::awaitable<void> Worker::drain() {
    return connections_.drain(limits_.drain_timeout);
}

}  // namespace cookbook::fd_passing
