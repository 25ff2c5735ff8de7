// Connections to an echo server, for a benchmark that is its client.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <map>
#include <stdexcept>

#include "support/server_process.hpp"

namespace cookbook::benchmarks {

/// A listening socket on a free port, which the server inherits.
class Listener {
public:
    Listener() {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* address = reinterpret_cast<sockaddr*>(&address_);
        socklen_t size = sizeof address_;
        const int on = 1;
        ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        check(::bind(descriptor_, address, size), "bind");
        check(::listen(descriptor_, SOMAXCONN), "listen");
        check(::getsockname(descriptor_, address, &size), "getsockname");
    }
    ~Listener() { ::close(descriptor_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }

    [[nodiscard]] int connect() const {
        const int descriptor = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        check(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address_), sizeof address_),
              "connect");
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return descriptor;
    }

private:
    int descriptor_ = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    sockaddr_in address_{};
};

/// Connections with one message of 64 bytes in flight on each.
class Load {
public:
    /// With `reconnect`, each connection lives for one message.
    Load(const Listener& server, bool reconnect) : server_(server), reconnect_(reconnect) {}
    ~Load() {
        for (const auto& [descriptor, missing] : missing_) {
            ::close(descriptor);
        }
        ::close(epoll_);
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void open(int connections) {
        while (connections-- > 0) {
            add(server_.connect());
        }
    }

    /// Exchanges so many messages, each connection sending its next when it has the last one back.
    void exchange(std::size_t messages) {
        std::size_t to_send = messages;
        for (const auto& [descriptor, missing] : missing_) {
            send(descriptor);
            --to_send;
        }
        std::array<epoll_event, 256> events;
        while (messages > 0) {
            const int ready = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < ready; ++i) {
                int descriptor = events[static_cast<std::size_t>(i)].data.fd;
                if (!received_all(descriptor)) {
                    continue;
                }
                --messages;
                if (reconnect_) {
                    missing_.erase(descriptor);
                    ::close(descriptor);
                    add(descriptor = server_.connect());
                }
                if (to_send > 0) {
                    --to_send;
                    send(descriptor);
                }
            }
        }
    }

private:
    static constexpr std::size_t message_size = 64;

    void add(int descriptor) {
        epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
        check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
        missing_[descriptor] = 0;
    }

    void send(int descriptor) {
        static constexpr std::array<char, message_size> message{};
        check(static_cast<int>(::send(descriptor, message.data(), message.size(), 0)), "send");
        missing_[descriptor] = message.size();
    }

    bool received_all(int descriptor) {
        std::array<char, message_size> buffer;
        const auto n =
            check(static_cast<int>(::recv(descriptor, buffer.data(), buffer.size(), 0)), "recv");
        if (n == 0) {
            throw std::runtime_error("the server has disconnected");
        }
        return (missing_[descriptor] -= static_cast<std::size_t>(n)) == 0;
    }

    const Listener& server_;
    bool reconnect_;
    int epoll_ = check(::epoll_create1(0), "epoll_create1");
    std::map<int, std::size_t> missing_;  // bytes of the response, by descriptor
};

}  // namespace cookbook::benchmarks
