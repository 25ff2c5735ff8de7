#include "common/net/stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cookbook {
namespace {

tcp::endpoint peer_of(const SocketStream::Socket& socket) {
    error_code gone;  // the peer may have left already
    const auto generic = socket.remote_endpoint(gone);
    const int family = generic.protocol().family();
    tcp::endpoint peer;
    if (!gone && (family == AF_INET || family == AF_INET6)) {
        peer.resize(generic.size());
        std::memcpy(peer.data(), generic.data(), generic.size());
    }
    return peer;
}

}  // namespace

SocketStream::SocketStream(Socket socket) : socket_(std::move(socket)), peer_(peer_of(socket_)) {
    socket_.non_blocking(true);
    error_code only_tcp_has_it;
    socket_.set_option(tcp::no_delay(true), only_tcp_has_it);
}

asio::awaitable<Stream::Transferred> SocketStream::read_some(asio::mutable_buffer buffer) {
    return socket_.async_read_some(buffer, use_nothrow);
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
    socket_.shutdown(Socket::shutdown_send, gone);
    co_return;
}

}  // namespace cookbook
