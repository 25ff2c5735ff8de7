// The floor: recvmmsg and sendmmsg in a loop that blocks, without a protocol and without an end.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string_view>

namespace peers {

/// Answers on a bound, blocking socket until the process is killed.
inline void serve_recvmmsg(int descriptor) {
    static constexpr std::string_view reply = "id=0123456789abcdef Wed Aug 15 20:35:08 2012";
    constexpr std::size_t batch = 64;
    std::array<std::array<char, 64>, batch> requests;
    std::array<sockaddr_storage, batch> peers;
    std::array<iovec, batch> buffers;
    std::array<mmsghdr, batch> messages{};
    const iovec sent{.iov_base = const_cast<char*>(reply.data()), .iov_len = reply.size()};
    for (;;) {
        for (std::size_t i = 0; i < batch; ++i) {
            buffers[i] = {.iov_base = requests[i].data(), .iov_len = requests[i].size()};
            messages[i].msg_hdr = {};
            messages[i].msg_hdr.msg_name = &peers[i];
            messages[i].msg_hdr.msg_namelen = sizeof peers[i];
            messages[i].msg_hdr.msg_iov = &buffers[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        const int n = ::recvmmsg(descriptor, messages.data(), batch, MSG_WAITFORONE, nullptr);
        for (int i = 0; i < n; ++i) {
            buffers[static_cast<std::size_t>(i)] = sent;
        }
        ::sendmmsg(descriptor, messages.data(), static_cast<unsigned>(n > 0 ? n : 0), 0);
    }
}

}  // namespace peers
