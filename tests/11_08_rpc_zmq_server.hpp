// The server of recipe 11.8 over ZeroMQ, which its tests call.
#pragma once

#include <memory>
#include <string>

#include "11_08_rpc/functions.hpp"
#include "11_08_rpc/zmq/dealer_channel.hpp"
#include "11_08_rpc/zmq/router.hpp"
#include "common/async/task_group.hpp"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
/// libzmq is built without ThreadSanitizer, which therefore does not see how its threads agree. One
/// file of each program includes this: an inline function would lose to the sanitizer's own.
extern "C" const char* __tsan_default_suppressions() {
    return "called_from_lib:libzmq.so";
}
#endif
#endif

namespace cookbook::testing {

/// A Router on a port of its own, in a task group of its own, as RunningServer is.
class ZmqServer {
public:
    struct Plan {
        rpc::RouterOptions options = {};
        Limits limits = {};
        std::string host = "127.0.0.1";
        std::shared_ptr<const rpc::RpcHandler> functions = rpc::example_functions();
    };

    explicit ZmqServer(const asio::any_io_executor& executor) : ZmqServer(executor, Plan()) {}
    ZmqServer(const asio::any_io_executor& executor, const Plan& plan)
        : router_(executor, {plan.host, 0}, plan.options), group_(executor) {
        group_.spawn(router_.serve(plan.limits, plan.functions));
    }

    void stop() { group_.cancel(); }
    asio::awaitable<void> join() { return group_.join(); }
    asio::awaitable<void> end() {
        stop();
        return join();
    }
    [[nodiscard]] bool stopped() const { return group_.size() == 0; }
    [[nodiscard]] const HostPort& address() const { return router_.address(); }
    [[nodiscard]] tcp::endpoint endpoint() const {
        return {asio::ip::make_address(address().host), address().port};
    }

private:
    rpc::Router router_;
    TaskGroup group_;
};

}  // namespace cookbook::testing
