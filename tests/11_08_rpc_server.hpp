// The server of recipe 11.8 that its tests call.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "11_07_messaging/messaging.hpp"
#include "11_08_rpc/functions.hpp"
#include "11_08_rpc/rpc.hpp"
#include "support/running_server.hpp"

namespace cookbook::testing {

inline const SharedKey rpc_key = std::make_shared<Key>("peekaboo");

/// A RunningServer of the recipe's functions, or of others.
class RpcServer : public RunningServer {
public:
    struct Plan {
        messaging::Options options = {};
        Limits limits = {};
        rpc::SessionOptions session = {};
        std::string host = "127.0.0.1";
        std::shared_ptr<const rpc::RpcHandler> functions = rpc::example_functions();
    };

    explicit RpcServer(const asio::any_io_executor& executor) : RpcServer(executor, Plan()) {}
    RpcServer(const asio::any_io_executor& executor, const Plan& plan)
        : RunningServer(executor, {plan.host, 0}, [&](tcp::acceptor acceptor) {
              return serve(messaging::Listener(std::move(acceptor), rpc_key, plan.options), plan);
          }) {}

    asio::awaitable<messaging::Connection> connection() {
        return messaging::connect(address(), rpc_key);
    }

private:
    static asio::awaitable<void> serve(messaging::Listener listener, Plan plan) {
        co_await listener.serve(plan.limits, [&plan](messaging::Connection connection) {
            return rpc::serve_calls(std::move(connection), plan.functions, plan.session);
        });
    }
};

}  // namespace cookbook::testing
