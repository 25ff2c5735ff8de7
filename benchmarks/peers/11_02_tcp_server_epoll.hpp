// The floor: an echo server in bare system calls, without limits and without an end.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace peers {

/// Echoes on every connection that `listener` gets, until the process is killed.
inline void serve_epoll(int listener) {
    const int loop = ::epoll_create1(0);
    const auto watch = [loop](int descriptor) {
        epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
        ::epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event);
    };
    watch(listener);
    std::array<epoll_event, 128> events;
    std::array<char, std::size_t{16} * 1024> buffer;
    for (;;) {
        const int ready = ::epoll_wait(loop, events.data(), events.size(), -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == listener) {
                watch(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK));
                continue;
            }
            const ssize_t n = ::recv(descriptor, buffer.data(), buffer.size(), 0);
            if (n <= 0 ||
                ::send(descriptor, buffer.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL) != n) {
                ::close(descriptor);
            }
        }
    }
}

}  // namespace peers
