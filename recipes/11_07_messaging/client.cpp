#include "client.hpp"

#include <boost/asio/read_until.hpp>
#include <cstdio>
#include <utility>

#include "11_07_messaging/json/json.hpp"
#include "common/cli/input.hpp"
#include "echo.hpp"

namespace cookbook::messaging {
namespace {

constexpr std::size_t max_line = std::size_t{64} << 20U;

asio::awaitable<void> send_text(Connection& connection, std::string text) {
    const Value reply = co_await ask(connection, from_json(text));
    std::puts(to_json(reply).c_str());
    std::fflush(stdout);
}

}  // namespace

asio::awaitable<void> send_messages(Connection connection, std::vector<std::string> texts) {
    for (const std::string& text : texts) {
        co_await send_text(connection, text);
    }
}

asio::awaitable<void> send_lines(Connection connection) {
    asio::posix::stream_descriptor input = open_input(co_await this_coro::executor);
    std::string lines;
    for (;;) {
        const auto [read_error, size] = co_await asio::async_read_until(
            input, asio::dynamic_buffer(lines, max_line), '\n', use_nothrow);
        const std::size_t line_size = read_error ? lines.size() : size;
        const std::string line = lines.substr(0, line_size);
        if (line.find_first_not_of(" \t\r\n") != std::string::npos) {
            co_await send_text(connection, line);
        }
        lines.erase(0, line_size);
        if (read_error == asio::error::eof) {
            co_return;
        }
        if (read_error) {
            throw boost::system::system_error(read_error, "read stdin");
        }
    }
}

}  // namespace cookbook::messaging
