// A server over loopback, as a test starts and stops it.

#pragma once

#include <utility>

#include "common/async/task_group.hpp"
#include "common/net/tcp.hpp"
#include "support/loopback.hpp"

namespace cookbook::testing {

/// A server on a port of its own, in a task group of its own. stop() and join() it before it dies,
/// or end() it, which does both.
class RunningServer {
public:
    /// Listens on `address` and runs `serve(acceptor)`, which returns asio::awaitable<void>.
    template <typename Serve>
    RunningServer(const asio::any_io_executor& executor, const HostPort& address, Serve serve)
        : group_(executor) {
        tcp::acceptor acceptor = listen(executor, address);
        endpoint_ = acceptor.local_endpoint();
        group_.spawn(serve(std::move(acceptor)));
    }

    asio::awaitable<tcp::socket> connect() { return connect_to(endpoint_); }
    void stop() { group_.cancel(); }
    asio::awaitable<void> join() { return group_.join(); }
    asio::awaitable<void> end() {
        stop();
        return join();
    }
    [[nodiscard]] bool stopped() const { return group_.size() == 0; }
    [[nodiscard]] const tcp::endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] HostPort address() const {
        return {endpoint_.address().to_string(), endpoint_.port()};
    }

private:
    TaskGroup group_;
    tcp::endpoint endpoint_;
};

}  // namespace cookbook::testing
