#include "echo.hpp"

#include <stdexcept>
#include <utility>

namespace cookbook::messaging {

asio::awaitable<void> echo(Connection connection) {
    while (std::optional<Value> message = co_await connection.recv()) {
        co_await connection.send(std::move(*message));
    }
}

asio::awaitable<Value> ask(Connection& connection, Value question) {
    co_await connection.send(std::move(question));
    std::optional<Value> reply = co_await connection.recv();
    if (!reply) {
        throw std::runtime_error("the server closed the connection instead of replying");
    }
    co_return std::move(*reply);
}

}  // namespace cookbook::messaging
