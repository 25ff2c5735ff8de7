#include "client.hpp"

#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "11_07_messaging/json/json.hpp"
#include "common/async/describe.hpp"
#include "common/cli/input.hpp"
#include "common/cli/output.hpp"

namespace cookbook::messaging {
namespace {

/// Says what failed: "receive from HOST:PORT: reason".
template <typename T>
asio::awaitable<T> named(std::string action, asio::awaitable<T> operation) {
    try {
        co_return co_await std::move(operation);
    } catch (const std::exception& failure) {
        if (is_cancellation(failure)) {
            throw;
        }
        throw std::runtime_error(action + ": " + describe(failure));
    }
}

asio::awaitable<void> send_text(Connection& connection, const std::string& server,
                                std::string text) {
    Value object = from_json(text);
    co_await named("send to " + server, connection.send(std::move(object)));
    const auto reply = co_await named("receive from " + server, connection.recv());
    if (!reply) {
        throw std::runtime_error(server + " closed the connection instead of replying");
    }
    print_line(stdout, to_json(*reply));
}

}  // namespace

asio::awaitable<void> send_messages(Connection connection, std::string server,
                                    std::vector<std::string> texts) {
    for (const std::string& text : texts) {
        co_await send_text(connection, server, text);
    }
}

asio::awaitable<void> send_lines(Connection connection, std::string server) {
    InputLines lines(open_input(co_await this_coro::executor));
    while (const std::optional<std::string> line = co_await lines.next()) {
        co_await send_text(connection, server, *line);
    }
}

}  // namespace cookbook::messaging
