#include "client.hpp"

#include <stdexcept>
#include <utility>

#include "common/cli/conversation.hpp"

namespace cookbook::tcp_server {

asio::awaitable<void> send_message(HostPort server, std::string message, std::FILE* output,
                                   asio::steady_timer::duration limit) {
    SocketStream stream(co_await connect(server, limit));
    Conversation conversation(stream, to_string(server), output, limit);
    co_await conversation.send_text(std::move(message));
}

asio::awaitable<void> send_file(HostPort server, int input, std::FILE* output,
                                asio::steady_timer::duration limit) {
    SocketStream stream(co_await connect(server, limit));
    Conversation conversation(stream, to_string(server), output, limit);
    co_await conversation.send_input(input);
    if (!conversation.complete()) {
        throw std::runtime_error("the server disconnected before it had everything");
    }
}

}  // namespace cookbook::tcp_server
