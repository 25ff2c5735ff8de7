#include "common/net/stream.hpp"

#include <poll.h>

#include <array>
#include <tuple>
#include <utility>

#include "common/async/deadline.hpp"

namespace cookbook {
namespace {

tcp::endpoint peer_of(const StreamSocket& socket) {
    error_code gone;  // the peer may have left already: then it is the unspecified endpoint
    return to_tcp(socket.remote_endpoint(gone));
}

}  // namespace

SocketStream::SocketStream(StreamSocket socket)
    : socket_(std::move(socket)), peer_(peer_of(socket_)) {
    socket_.non_blocking(true);
    error_code only_tcp_has_it;
    socket_.set_option(tcp::no_delay(true), only_tcp_has_it);
}

asio::awaitable<Stream::Transferred> SocketStream::read_some(asio::mutable_buffer buffer) {
    return socket_.async_read_some(buffer, use_nothrow);
}

bool SocketStream::has_ended() {
    pollfd watched = {socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&watched, 1, 0) > 0;
}

std::size_t SocketStream::write_now(Buffers buffers, error_code& error) {
    return buffers.size() == 1 ? socket_.write_some(buffers[0], error)
                               : socket_.write_some(buffers, error);
}

asio::awaitable<Stream::Transferred> SocketStream::write(Buffers buffers) {
    return asio::async_write(socket_, buffers, use_nothrow);
}

asio::awaitable<void> SocketStream::shut_down() {
    error_code gone;  // then there is nobody to tell
    socket_.shutdown(StreamSocket::shutdown_send, gone);
    co_return;
}

asio::awaitable<error_code> write_all(Stream& stream, asio::const_buffer data) {
    error_code error;  // would_block, or one that write() meets again
    data += stream.write_now({&data, 1}, error);
    if (data.size() == 0) {
        co_return error_code();
    }
    const auto [write_error, n] = co_await stream.write({&data, 1});
    co_return write_error;
}

asio::awaitable<void> lingering_close(Stream& stream, asio::steady_timer::duration limit) {
    Deadline deadline(stream);
    deadline.expires_after(limit);
    co_await stream.shut_down();
    std::array<char, std::size_t{16} * 1024> discarded;
    for (error_code error; !error;) {
        std::tie(error, std::ignore) = co_await stream.read_some(asio::buffer(discarded));
    }
}

}  // namespace cookbook
