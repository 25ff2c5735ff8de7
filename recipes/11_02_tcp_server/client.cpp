#include "client.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/input.hpp"

namespace cookbook::tcp_server {
namespace {

using Chunk = std::array<char, std::size_t{64} * 1024>;
using boost::system::system_error;
constexpr auto never = Deadline::clock::duration::max();

/// A connection, and the limit on the server's silence.
struct Conversation {
    tcp::socket socket;
    asio::steady_timer::duration limit;
    Deadline deadline{socket};
    bool all_sent = false;
};

asio::awaitable<void> send(Conversation& with, asio::const_buffer data) {
    with.deadline.expires_after(with.limit);
    const auto [send_error, sent] = co_await asio::async_write(with.socket, data, use_nothrow);
    if (send_error) {
        throw system_error(send_error, "send");
    }
    with.deadline.expires_after(never);
}

void end_stream(Conversation& with) {
    with.all_sent = true;
    with.deadline.expires_after(with.limit);
    error_code gone;  // which the receiving half reports
    with.socket.shutdown(tcp::socket::shutdown_send, gone);
}

asio::awaitable<void> send_text(Conversation& with, std::string text) {
    co_await send(with, asio::buffer(text));
    end_stream(with);
}

asio::awaitable<void> send_chunks(Conversation& with, asio::posix::stream_descriptor input) {
    const auto chunk = std::make_unique<Chunk>();
    for (;;) {
        const auto [read_error, n] =
            co_await input.async_read_some(asio::buffer(*chunk), use_nothrow);
        if (read_error == asio::error::eof) {
            break;
        }
        if (read_error) {
            throw system_error(read_error, "read input");
        }
        co_await send(with, asio::buffer(*chunk, n));
    }
    end_stream(with);
}

asio::awaitable<void> receive_all(Conversation& with, std::FILE* output) {
    const auto chunk = std::make_unique<Chunk>();
    for (;;) {
        const auto [receive_error, n] =
            co_await with.socket.async_read_some(asio::buffer(*chunk), use_nothrow);
        if (receive_error == asio::error::eof && with.all_sent) {
            co_return;
        }
        if (receive_error == asio::error::eof) {
            throw std::runtime_error("the server disconnected before it had everything");
        }
        if (receive_error) {
            throw system_error(receive_error, "receive");
        }
        if (std::fwrite(chunk->data(), 1, n, output) < n || std::fflush(output) != 0) {
            throw std::system_error(errno, std::generic_category(), "write output");
        }
        if (with.all_sent) {
            with.deadline.expires_after(with.limit);
        }
    }
}

/// Sends and receives at once: an echo server stops reading while nobody takes what it sends.
template <typename Send>
asio::awaitable<void> converse(HostPort server, std::FILE* output,
                               asio::steady_timer::duration limit, Send send_input) {
    Conversation with{.socket = co_await connect(server, limit), .limit = limit};
    TaskGroup halves(with.socket.get_executor());
    halves.spawn(send_input(with));
    halves.spawn(receive_all(with, output));
    try {
        co_await halves.join();
    } catch (const system_error&) {
        if (with.deadline.expired()) {
            throw std::runtime_error(fmt::format("{} was silent for too long", to_string(server)));
        }
        throw;
    }
}

}  // namespace

asio::awaitable<void> send_message(HostPort server, std::string message, std::FILE* output,
                                   asio::steady_timer::duration limit) {
    return converse(std::move(server), output, limit,
                    [message](Conversation& with) { return send_text(with, message); });
}

asio::awaitable<void> send_file(HostPort server, int input, std::FILE* output,
                                asio::steady_timer::duration limit) {
    return converse(std::move(server), output, limit, [input](Conversation& with) {
        return send_chunks(with, open_input(with.socket.get_executor(), input));
    });
}

}  // namespace cookbook::tcp_server
