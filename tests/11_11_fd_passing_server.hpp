// A server of recipe 11.11, and a worker every byte of which the test chooses.
#pragma once

#include <spdlog/spdlog.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "11_11_fd_passing/fd_message.hpp"
#include "11_11_fd_passing/server.hpp"
#include "11_11_fd_passing/socket_connection.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/unix.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

namespace cookbook::testing {

inline const SharedKey key = std::make_shared<Key>("peekaboo");
inline const fd_passing::Trust trust = {key, {}};

// Servers log each connection. A Log (support/log.hpp) has all the same.
inline const bool quiet = (spdlog::set_level(spdlog::level::warn), true);

/// Where a server's workers and successors come to.
struct Paths {
    TemporaryFolder folder;
    UnixAddress workers{folder.file("workers")};
    UnixAddress control{folder.file("control")};
};

/// A server in a task group of its own. stop() and join() it before it dies, or end() it.
class FdServer {
public:
    explicit FdServer(const asio::any_io_executor& executor, Limits limits = {},
                      const std::string& host = "127.0.0.1")
        : group_(executor), paths_(std::make_shared<Paths>()) {
        fd_passing::Listening listening{listen(executor, HostPort{host, 0}),
                                        listen(executor, paths_->workers)};
        StreamAcceptor acceptor(listen(executor, paths_->control));
        fd_passing::Control control{std::move(acceptor), SocketFile(paths_->control)};
        start(std::move(listening), std::move(control), limits);
    }
    /// A successor, with what it has taken over.
    FdServer(fd_passing::Listening listening, fd_passing::Control control,
             std::shared_ptr<Paths> paths, Limits limits = {})
        : group_(control.acceptor.get_executor()), paths_(std::move(paths)) {
        start(std::move(listening), std::move(control), limits);
    }

    [[nodiscard]] const tcp::endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] const std::shared_ptr<Paths>& paths() const { return paths_; }
    asio::awaitable<tcp::socket> connect() { return connect_to(endpoint_); }
    void stop() { group_.cancel(); }
    asio::awaitable<void> join() { return group_.join(); }
    asio::awaitable<void> end() {
        stop();
        return join();
    }
    [[nodiscard]] bool ended() const { return group_.size() == 0; }

private:
    void start(fd_passing::Listening listening, fd_passing::Control control, Limits limits) {
        endpoint_ = listening.clients.local_endpoint();
        group_.spawn(fd_passing::serve(std::move(listening), std::move(control), trust, limits));
    }

    TaskGroup group_;
    std::shared_ptr<Paths> paths_;
    tcp::endpoint endpoint_;
};

/// The next message with descriptors.
inline asio::awaitable<fd_passing::FdMessage> receive_message(StreamSocket& socket) {
    const Waiting waiting("the server to hand a connection over");
    auto message = co_await fd_passing::receive_fds(socket);
    co_return std::move(message).value();
}

/// Connects, authenticates and sends this object, then these bytes.
inline asio::awaitable<StreamSocket> join_as_worker(UnixAddress server, messaging::Value greeting,
                                                    std::string reports = {}) {
    const Waiting waiting("the server to admit a worker");
    StreamSocket socket = co_await connect(std::move(server));
    fd_passing::SocketConnection connection(std::move(socket), {});
    co_await connection->authenticate(key, messaging::Role::client);
    co_await connection->send(std::move(greeting));
    StreamSocket admitted = connection.release();
    co_await send_all(admitted, std::move(reports));
    co_await settle();
    co_return admitted;
}

/// A descriptor that has arrived, as a socket.
inline tcp::socket to_socket(const asio::any_io_executor& executor, Descriptor& descriptor) {
    tcp::socket socket(executor);
    socket.assign(tcp::v4(), descriptor.get());
    static_cast<void>(descriptor.release());
    return socket;
}

}  // namespace cookbook::testing
