// The listener of recipe 11.7 that its tests talk to.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "11_07_messaging/echo.hpp"
#include "11_07_messaging/messaging.hpp"
#include "support/running_server.hpp"

namespace cookbook::testing {

inline const SharedKey key = std::make_shared<Key>("peekaboo");

/// A RunningServer that sends every object back.
class EchoServer : public RunningServer {
public:
    explicit EchoServer(const asio::any_io_executor& executor, messaging::Options options = {},
                        Limits limits = {}, std::string host = "127.0.0.1")
        : RunningServer(executor, {std::move(host), 0}, [&](tcp::acceptor acceptor) {
              return serve(messaging::Listener(std::move(acceptor), key, options), limits);
          }) {}

private:
    static asio::awaitable<void> serve(messaging::Listener listener, Limits limits) {
        co_await listener.serve(limits, messaging::echo);
    }
};

}  // namespace cookbook::testing
