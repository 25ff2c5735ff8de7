// Sending an array from where it is, and receiving one where it stays.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <type_traits>

#include "common/async/asio.hpp"
#include "common/net/endpoint.hpp"

namespace cookbook::large_arrays {

/// What goes over a socket as the bytes that it has in memory: numbers, and structs of them. The
/// other side must have the same type, byte order and padding.
template <typename T>
concept Element = std::is_trivially_copyable_v<T>;

/// The most that one call receives: however fast the sender is, others on the event loop have their
/// turn.
inline constexpr std::size_t max_receive = std::size_t{4} << 20U;

/// The peer has ended before the last byte, or reset the connection: "cut short: 10 of 80 bytes".
class CutShort : public std::runtime_error {
public:
    CutShort(std::size_t received, std::size_t expected);
};

/// Sends `head`, then `body`, the beginning of both in one call. They must live until the end.
/// Throws boost::system::system_error; timed_out if the peer takes nothing for `limit`.
asio::awaitable<void> send_bytes(StreamSocket& socket, std::span<const std::byte> head,
                                 std::span<const std::byte> body,
                                 asio::steady_timer::duration limit);

/// Fills `bytes`, which must live until the end, and reads no more. Throws CutShort, and
/// boost::system::system_error; timed_out if nothing comes for `limit`, and then the socket is
/// closed.
asio::awaitable<void> receive_bytes(StreamSocket& socket, std::span<std::byte> bytes,
                                    asio::steady_timer::duration limit);

/// Whether the peer ends the stream with nothing more to read. One that neither ends nor sends for
/// `limit`, or resets the connection, counts as one that has ended; the socket is closed then.
asio::awaitable<bool> ends(StreamSocket& socket, asio::steady_timer::duration limit);

/// Sends the elements of an array, as send_bytes().
///
///     std::vector<double> numbers(50'000'000);
///     co_await send_from(socket, std::span(numbers), 60s);
template <Element T, std::size_t extent>
asio::awaitable<void> send_from(StreamSocket& socket, std::span<T, extent> array,
                                asio::steady_timer::duration limit) {
    return send_bytes(socket, {}, std::as_bytes(array), limit);
}

/// Fills an array, as receive_bytes().
template <Element T, std::size_t extent>
asio::awaitable<void> recv_into(StreamSocket& socket, std::span<T, extent> array,
                                asio::steady_timer::duration limit) {
    return receive_bytes(socket, std::as_writable_bytes(array), limit);
}

}  // namespace cookbook::large_arrays
