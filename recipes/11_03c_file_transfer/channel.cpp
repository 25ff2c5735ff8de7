#include "channel.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

namespace cookbook::file_transfer {
namespace {

constexpr int channel_receive_buffer = 2 << 20;  // the kernel may grant less

}  // namespace

std::uint16_t granted_window(std::uint64_t asked, std::size_t block_size) {
    const std::size_t room = std::max<std::size_t>(max_bytes_in_flight / block_size, 1);
    return static_cast<std::uint16_t>(std::min<std::uint64_t>({asked, max_window, room}));
}

void refuse_stranger(udp::socket& socket, const udp::endpoint& stranger, std::string_view packet) {
    if (!is_tftp(packet) || std::holds_alternative<Error>(parse(packet))) {
        return;
    }
    const std::string error = encode(Error{ErrorCode::unknown_transfer, "unknown transfer"});
    error_code lost;
    socket.send_to(asio::buffer(error), stranger, 0, lost);
}

Channel::Channel(udp::socket socket, udp::endpoint peer, Buffers& buffers)
    : socket_(std::move(socket)), peer_(std::move(peer)), buffers_(buffers) {
    socket_.non_blocking(true);
    error_code refused;  // by a limit on memory; then the window may not fit
    socket_.set_option(udp::socket::receive_buffer_size(channel_receive_buffer), refused);
}

asio::awaitable<std::span<const std::string_view>> Channel::receive_until(TimePoint time) {
    packets_.clear();
    deadline_.expires_after(time - std::chrono::steady_clock::now());
    const auto [error] = co_await socket_.async_wait(udp::socket::wait_read, use_nothrow);
    if (error && error != asio::error::operation_aborted) {
        throw std::system_error(error, "wait for packets");
    }
    take_datagrams();  // even if the time is over: something may have come with it
    co_return packets_;
}

void Channel::take_datagrams() {
    for (const udp_server::Datagram& datagram : buffers_.received.receive(socket_)) {
        if (datagram.route.peer == peer_) {
            packets_.push_back(datagram.data);
        } else {
            refuse_stranger(socket_, datagram.route.peer, datagram.data);
        }
    }
}

void Channel::send(std::string_view packet) {
    send_all({&packet, 1});
}

void Channel::send_all(std::span<const std::string_view> packets) {
    for (const std::string_view packet : packets) {
        buffers_.outgoing.add({.peer = peer_}, packet);
    }
    buffers_.outgoing.send(socket_);
}

}  // namespace cookbook::file_transfer
