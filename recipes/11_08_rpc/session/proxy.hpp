// The client's side: a function on the other end of a connection, called as if it were here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "11_08_rpc/call/convert.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "common/async/asio.hpp"
#include "connection_channel.hpp"
#include "connection_closed.hpp"

namespace cookbook::rpc {

/// Calls functions, one at a time, in one of the pickle forms.
class RpcProxy {
public:
    explicit RpcProxy(std::unique_ptr<Channel> channel, Form form = Form::pickle)
        : channel_(std::move(channel)), form_(form) {}
    explicit RpcProxy(Connection connection, Form form = Form::pickle)
        : RpcProxy(std::make_unique<ConnectionChannel>(std::move(connection)), form) {}

    /// Calls and waits for the result. Throws what the function has raised, a RemoteError:
    /// `catch (const KeyError&)`. After any other exception the connection is of no more use: what
    /// the channel throws, FormError, PickleError, and ConnectionClosed if the server
    /// leaves instead of replying.
    asio::awaitable<Value> call(Call call);

    /// The same with types: `co_await proxy.call<int>("add", 2, 3)`. Throws also TypeError if the
    /// result is of another type.
    template <typename R, typename... Args>
    asio::awaitable<R> call(std::string function, Args... args) {
        const Value result = co_await call(
            Call{std::move(function), {Conversion<Args>::to(std::move(args))...}, {}});
        std::optional<R> converted = Conversion<R>::from(result);
        if (!converted) {
            throw TypeError("the result is " + std::string(messaging::name_of(result.kind())) +
                            ", not " + Conversion<R>::name());
        }
        co_return std::move(*converted);
    }

private:
    std::unique_ptr<Channel> channel_;
    Form form_;
};

}  // namespace cookbook::rpc
