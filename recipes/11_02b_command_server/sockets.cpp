#include "sockets.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/net/address.hpp"
#include "outbox.hpp"

namespace cookbook::command_server {

std::string name_of_peer(int descriptor) {
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    if (::getpeername(descriptor, peer.data(), &size) == 0) {
        peer.resize(size);
    }
    return to_string(peer);
}

ssize_t receive(int descriptor, std::span<char> buffer) {
    ssize_t size = 0;
    do {
        size = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    } while (size < 0 && (errno == EINTR || errno == EAGAIN));
    return size;
}

ssize_t send_now(int descriptor, std::span<const asio::const_buffer> buffers) {
    std::array<iovec, std::tuple_size_v<Outbox::Buffers>> pieces;
    std::ranges::transform(buffers, pieces.begin(), [](const asio::const_buffer& buffer) {
        return iovec{const_cast<void*>(buffer.data()),
                     buffer.size()};  // which sendmsg(2) only reads
    });
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = buffers.size();
    return ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace cookbook::command_server
