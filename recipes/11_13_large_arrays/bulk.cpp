#include "bulk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/system/system_error.hpp>

#include "common/async/deadline.hpp"
#include "outgoing.hpp"
#include "patience.hpp"

namespace cookbook::large_arrays {

using boost::system::system_error;

CutShort::CutShort(std::size_t received, std::size_t expected)
    : std::runtime_error(fmt::format("cut short: {} of {} bytes", received, expected)) {}

asio::awaitable<void> send_bytes(StreamSocket& socket, std::span<const std::byte> head,
                                 std::span<const std::byte> body,
                                 asio::steady_timer::duration limit) {
    socket.non_blocking(true);
    Patience patience(socket, limit);
    Outgoing outgoing(head, body);
    // [step 1] Send until nothing is left: what a call has not taken is where the next one begins.
    while (!outgoing.empty()) {
        error_code error;
        const std::size_t sent = socket.write_some(outgoing.next(), error);
        outgoing.advance(sent);
        if (error && error != asio::error::would_block && error != asio::error::interrupted) {
            throw system_error(error);
        }
        if (!outgoing.empty()) {
            co_await patience.wait(StreamSocket::wait_write);
        }
    }
    // [end]
}

asio::awaitable<void> receive_bytes(StreamSocket& socket, std::span<std::byte> bytes,
                                    asio::steady_timer::duration limit) {
    Deadline deadline(socket);
    // [step 2] Receive until all has come: each call goes on where the last one ended.
    for (std::size_t received = 0; received < bytes.size();) {
        const std::span<std::byte> rest = bytes.subspan(received);
        deadline.expires_after(limit);
        const auto [receive_error, n] = co_await socket.async_read_some(
            asio::buffer(rest.data(), std::min(rest.size(), max_receive)), use_nothrow);
        received += n;
        if (receive_error == asio::error::eof || receive_error == asio::error::connection_reset) {
            throw CutShort(received, bytes.size());
        }
        if (receive_error) {
            throw system_error(deadline.reason(receive_error));
        }
    }
    // [end]
}

asio::awaitable<bool> ends(StreamSocket& socket, asio::steady_timer::duration limit) {
    Deadline deadline(socket);
    deadline.expires_after(limit);
    char surplus = 0;
    const auto [read_error, n] =
        co_await socket.async_read_some(asio::buffer(&surplus, 1), use_nothrow);
    if (read_error == asio::error::operation_aborted && !deadline.expired()) {
        throw system_error(read_error);
    }
    co_return n == 0;
}

}  // namespace cookbook::large_arrays
