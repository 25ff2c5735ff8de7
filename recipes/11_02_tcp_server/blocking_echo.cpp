// How the blocking styles serve one connection: receive, send all of it, again.
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <exception>
#include <span>
#include <string_view>

#include "echo.hpp"
#include "line_buffer.hpp"

namespace cookbook::tcp_server {
namespace {

/// Returns how many bytes came; 0 if no more will, because the peer has ended its stream, has gone,
/// or was silent for too long.
std::size_t receive(const Connection& connection, std::span<char> buffer) {
    ssize_t n = 0;
    do {
        n = ::recv(connection.descriptor(), buffer.data(), buffer.size(), 0);
    } while (n < 0 && errno == EINTR);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
}

/// Returns whether the kernel, which sends it on, took everything.
bool send_all(const Connection& connection, std::string_view data) {
    // [step 1] Call send() until it has taken every byte.
    while (!data.empty()) {
        // MSG_NOSIGNAL: a peer that has gone is an error here, not a SIGPIPE that kills us.
        const ssize_t n = ::send(connection.descriptor(), data.data(), data.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        data.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
    // [end]
}

void echo(const Connection& connection) {
    std::array<char, std::size_t{16} * 1024> buffer;
    while (const std::size_t n = receive(connection, buffer)) {
        if (!send_all(connection, {buffer.data(), n})) {
            return;
        }
    }
}

void echo_lines(const Connection& connection, std::size_t max_line) {
    LineBuffer lines(max_line);
    while (!lines.too_long()) {
        const std::size_t n = receive(connection, lines.space());
        const bool sent = send_all(connection, n > 0 ? lines.take(n) : lines.rest());
        if (n == 0 || !sent) {
            return;
        }
    }
}

}  // namespace

void handle(Connection connection, const Options& options) try {
    options.lines ? echo_lines(connection, options.max_line) : echo(connection);
} catch (const std::exception& failure) {
    spdlog::warn("connection failed: {}", failure.what());
}

}  // namespace cookbook::tcp_server
