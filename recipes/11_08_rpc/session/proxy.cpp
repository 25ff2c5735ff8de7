#include "proxy.hpp"

namespace cookbook::rpc {

asio::awaitable<Value> RpcProxy::call(Call call) {
    channel_->put(wrap_call(call, form_));
    co_await channel_->flush();
    const auto reply = co_await channel_->receive();
    if (!reply) {
        throw ConnectionClosed();
    }
    co_return unwrap_reply(*reply, form_);
}

}  // namespace cookbook::rpc
