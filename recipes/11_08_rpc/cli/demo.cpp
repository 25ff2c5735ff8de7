#include "demo.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/messaging.hpp"
#include "11_08_rpc/call/builtins.hpp"
#include "11_08_rpc/call/repr.hpp"
#include "11_08_rpc/functions.hpp"
#include "11_08_rpc/session/proxy.hpp"
#include "11_08_rpc/session/session.hpp"
#include "common/cli/demo.hpp"

namespace cookbook::rpc {
namespace {

std::string to_text(const Call& call) {
    std::vector<std::string> arguments;
    for (const Value& value : call.args) {
        arguments.push_back(repr(value));
    }
    for (const auto& [name, value] : call.kwargs) {
        arguments.push_back(name + "=" + repr(value));
    }
    return fmt::format("{}({})", call.function, fmt::join(arguments, ", "));
}

asio::awaitable<void> show(RpcProxy& proxy, Call call) {
    fmt::print("{:24} ", to_text(call));
    try {
        const Value result = co_await proxy.call(std::move(call));
        fmt::print("{}\n", repr(result));
    } catch (const RemoteError& error) {
        fmt::print("{}\n", error.what());
    }
}

asio::awaitable<void> show_calls(Address server, SharedKey key) {
    RpcProxy proxy(co_await messaging::connect(server, std::move(key)));
    const std::vector<Call> calls = {{"add", {2, 3}, {}},    {"add", {2}, {{"y", 0.5}}},
                                     {"add", {2}, {}},       {"add", {2, "three"}, {}},
                                     {"divide", {1, 0}, {}}, {"nosuch", {}, {}}};
    for (const Call& call : calls) {
        co_await show(proxy, call);
    }
    const int sum = co_await proxy.call<int>("add", 2, 3);
    fmt::print("as an int: {}\n", sum);
    try {
        co_await proxy.call<double>("divide", 1.0, 0.0);
    } catch (const ZeroDivisionError& error) {
        fmt::print("caught as a ZeroDivisionError: {}\n", error.what());
    }
}

}  // namespace

asio::awaitable<void> demo() {
    const auto executor = co_await this_coro::executor;
    const SharedKey key = std::make_shared<Key>("peekaboo");
    messaging::Listener listener(executor, HostPort{}, key);
    const Address server = listener.address();
    fmt::print("listening on {}\n", to_string(server));
    const auto serve_client = [functions = example_functions()](Connection connection) {
        return serve_calls(std::move(connection), functions, SessionOptions{});
    };
    co_await show_beside(listener.serve(Limits{}, serve_client), show_calls(server, key));
}

}  // namespace cookbook::rpc
