#include "connection_channel.hpp"

#include "11_07_messaging/wire/protocol.hpp"

namespace cookbook::rpc {

void ConnectionChannel::put(std::string_view message) {
    messages_ += messaging::encode_header(message.size());
    messages_ += message;
}

asio::awaitable<void> ConnectionChannel::flush() {
    if (sending_) {
        co_return;
    }
    const Sending sending(sending_);
    while (!messages_.empty()) {
        const std::string messages = std::exchange(messages_, {});
        co_await connection_.send_framed(messages);
    }
}

}  // namespace cookbook::rpc
