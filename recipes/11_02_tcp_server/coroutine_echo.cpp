// How the coroutine styles answer one connection: read, write all of it, again.
#include <array>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/async/deadline.hpp"
#include "echo.hpp"
#include "line_buffer.hpp"

namespace cookbook::tcp_server {
namespace {

asio::awaitable<void> echo(tcp::socket socket, asio::steady_timer::duration idle) {
    Deadline deadline(socket);
    std::array<char, std::size_t{16} * 1024> buffer;  // in the frame: it outlives each operation
    // [step 3] Echo until the peer ends its stream, or is silent for `idle`. (stub: co_return;)
    for (;;) {
        deadline.expires_after(idle);
        error_code error;
        // While this coroutine waited for its write, others had their turn, and the peer time to
        // answer. So look first: to begin a wait for what is there already costs more.
        std::size_t n = socket.read_some(asio::buffer(buffer), error);
        if (error == asio::error::would_block) {
            std::tie(error, n) = co_await socket.async_read_some(asio::buffer(buffer), use_nothrow);
        }
        if (error) {
            co_return;
        }
        // Not async_write_some(): that may take a part only. An error shows at the next read.
        co_await asio::async_write(socket, asio::buffer(buffer, n), use_nothrow);
    }
    // [end]
}

asio::awaitable<void> echo_lines(tcp::socket socket, asio::steady_timer::duration idle,
                                 std::size_t max_line) {
    Deadline deadline(socket);
    LineBuffer lines(max_line);
    for (bool ended = false; !ended && !lines.too_long();) {
        const std::span<char> space = lines.space();
        deadline.expires_after(idle);
        const auto [read_error, n] =
            co_await socket.async_read_some(asio::buffer(space), use_nothrow);
        ended = read_error.failed();
        const std::string_view answer = ended ? lines.rest() : lines.take(n);
        co_await asio::async_write(socket, asio::buffer(answer), use_nothrow);
    }
}

}  // namespace

asio::awaitable<void> handle(tcp::socket socket, Options options) {
    socket.non_blocking(true);
    error_code gone;  // has the peer gone already, the first read tells
    // Answers go out at once, even while an earlier one is not acknowledged yet (RFC 896).
    socket.set_option(tcp::no_delay(true), gone);
    // A peer whose machine has gone without a word is found even where --idle is a day.
    socket.set_option(tcp::socket::keep_alive(true), gone);
    return options.lines
               ? echo_lines(std::move(socket), options.limits.idle_timeout, options.max_line)
               : echo(std::move(socket), options.limits.idle_timeout);
}

}  // namespace cookbook::tcp_server
