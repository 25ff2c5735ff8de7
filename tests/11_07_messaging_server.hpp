// The listener of recipe 11.7 that its tests talk to.
#pragma once

#include <memory>
#include <utility>

#include "11_07_messaging/echo.hpp"
#include "11_07_messaging/listener.hpp"
#include "common/task_group.hpp"
#include "support/loopback.hpp"

namespace cookbook::testing {

inline const messaging::SharedKey key = std::make_shared<messaging::Key>("peekaboo");

/// Echoes on 127.0.0.1, in a task group of its own. Stop it and join it before it goes.
class EchoServer {
public:
    explicit EchoServer(const asio::any_io_executor& executor, messaging::Options options = {},
                        Limits limits = {})
        : group_(executor) {
        tcp::acceptor acceptor = listen_v4(executor);
        endpoint_ = acceptor.local_endpoint();
        group_.spawn(serve(messaging::Listener(std::move(acceptor), key, options), limits));
    }

    [[nodiscard]] const tcp::endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] TcpAddress address() const {
        return {.host = "127.0.0.1", .port = endpoint_.port()};
    }

    void stop() { group_.cancel(); }
    asio::awaitable<void> join() { return group_.join(); }
    [[nodiscard]] bool stopped() const { return group_.size() == 0; }

private:
    static asio::awaitable<void> serve(messaging::Listener listener, Limits limits) {
        co_await listener.serve(limits, messaging::echo);
    }

    TaskGroup group_;
    tcp::endpoint endpoint_;
};

}  // namespace cookbook::testing
