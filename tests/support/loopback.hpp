// Sockets over loopback, and what a test says about the bytes on them.
//
// The expect_… functions fail the case with one sentence, at the caller's line: what came instead,
// then `rule`, which says what ought to have happened and why.

#pragma once

#include <cstddef>
#include <initializer_list>
#include <source_location>
#include <string>
#include <string_view>

#include "common/async/asio.hpp"
#include "support/async_case.hpp"
#include "support/failure.hpp"

namespace cookbook::testing {

/// Listens on 127.0.0.1 or ::1, on a free port that stays ours: pass the acceptor on, bound.
tcp::acceptor listen_v4(const asio::any_io_executor& executor);
tcp::acceptor listen_v6(const asio::any_io_executor& executor);

/// A socket with a free port of 127.0.0.1 that never listens: whoever connects to it is refused.
tcp::socket bind_v4(const asio::any_io_executor& executor);

/// Connects, TCP_NODELAY set. Throws system_error.
asio::awaitable<tcp::socket> connect_to(tcp::endpoint endpoint);

struct SocketPair {
    tcp::socket near;
    tcp::socket far;
};

/// The two ends of one connection over 127.0.0.1, TCP_NODELAY set.
SocketPair connected_pair(asio::any_io_executor executor);

/// Closes the socket so that its peer sees a reset (SO_LINGER 0), not an end of file.
void reset(tcp::socket& socket);

/// The descriptors that this process has open: equal before and after, nothing has leaked.
std::size_t open_descriptors();

/// Bytes written as numbers, bytes({0x01, 0xff}), and the reverse, "01 ff", for messages.
std::string bytes(std::initializer_list<int> values);
std::string to_hex(std::string_view data);

/// Text as a person reads it in a sentence: 'abc\r\n', long ones cut short.
std::string in_quotes(std::string_view data);

/// Sends all of `data`. Throws system_error.
template <typename Stream>
asio::awaitable<void> send_all(Stream& stream, std::string data) {
    const Waiting waiting("the peer to take " + std::to_string(data.size()) + " bytes");
    co_await asio::async_write(stream, asio::buffer(data), asio::use_awaitable);
}

/// What came until the stream ended, `error` the reason: error::eof for a clean end.
struct Received {
    std::string data;
    error_code error;
};

/// Receives up to `size` bytes; `error` is set if the stream ended before.
template <typename Stream>
asio::awaitable<Received> receive_up_to(Stream& stream, std::size_t size) {
    const Waiting waiting(std::to_string(size) + " bytes");
    Received received;
    received.data.resize(size);
    const auto [error, n] =
        co_await asio::async_read(stream, asio::buffer(received.data), use_nothrow);
    received.data.resize(n);
    received.error = error;
    co_return received;
}

/// Receives exactly `size` bytes. Throws system_error, error::eof if the peer ends before.
template <typename Stream>
asio::awaitable<std::string> receive(Stream& stream, std::size_t size) {
    Received received = co_await receive_up_to(stream, size);
    if (received.error) {
        throw boost::system::system_error(received.error);
    }
    co_return std::move(received.data);
}

/// Receives until the stream ends, one way or another. At most 64 MiB.
template <typename Stream>
asio::awaitable<Received> receive_to_end(Stream& stream) {
    const Waiting waiting("the peer to end the stream");
    constexpr std::size_t most = std::size_t{64} << 20;
    Received received;
    const auto [error, n] =
        co_await asio::async_read(stream, asio::dynamic_buffer(received.data, most), use_nothrow);
    received.error = error;
    co_return received;
}

namespace detail {
std::string wrong_bytes(std::string_view expected, const Received& received);
std::string wrong_end(std::string_view expected, const Received& received);
}  // namespace detail

/// The next bytes are `expected`.
template <typename Stream>
asio::awaitable<void> expect(Stream& stream, std::string expected, std::string rule,
                             std::source_location where = std::source_location::current()) {
    const Received received = co_await receive_up_to(stream, expected.size());
    if (received.data == expected) {
        hold();
        co_return;
    }
    fail(detail::wrong_bytes(expected, received) + ": " + rule, where);
}

/// The peer ends the stream cleanly, and sends nothing more before.
template <typename Stream>
asio::awaitable<void> expect_eof(Stream& stream, std::string rule,
                                 std::source_location where = std::source_location::current()) {
    const Received received = co_await receive_to_end(stream);
    if (received.data.empty() && received.error == asio::error::eof) {
        hold();
        co_return;
    }
    fail(detail::wrong_end("end of file", received) + ": " + rule, where);
}

/// The peer resets the connection, and sends nothing more before.
template <typename Stream>
asio::awaitable<void> expect_reset(Stream& stream, std::string rule,
                                   std::source_location where = std::source_location::current()) {
    const Received received = co_await receive_to_end(stream);
    if (received.data.empty() && received.error == asio::error::connection_reset) {
        hold();
        co_return;
    }
    fail(detail::wrong_end("a reset", received) + ": " + rule, where);
}

}  // namespace cookbook::testing
