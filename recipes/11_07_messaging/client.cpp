#include "client.hpp"

#include <cstdio>
#include <optional>
#include <utility>

#include "11_07_messaging/json/json.hpp"
#include "common/cli/input.hpp"
#include "common/cli/output.hpp"
#include "echo.hpp"

namespace cookbook::messaging {
namespace {

asio::awaitable<void> send_text(Connection& connection, std::string text) {
    const Value reply = co_await ask(connection, from_json(text));
    print_line(stdout, to_json(reply));
}

}  // namespace

asio::awaitable<void> send_messages(Connection connection, std::vector<std::string> texts) {
    for (const std::string& text : texts) {
        co_await send_text(connection, text);
    }
}

asio::awaitable<void> send_lines(Connection connection) {
    InputLines lines(open_input(co_await this_coro::executor));
    while (const std::optional<std::string> line = co_await lines.next()) {
        co_await send_text(connection, *line);
    }
}

}  // namespace cookbook::messaging
