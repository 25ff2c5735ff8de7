// The floor: lines that begin with S go to everybody, in bare system calls, without a queue,
// without JSON's escapes, without limits and without an end. What came together is sent by one
// sendmsg() per client.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace peers {

class BareRoom {
public:
    explicit BareRoom(int listener) : listener_(listener) { watch(listener); }

    [[noreturn]] void serve() {
        std::array<epoll_event, 128> events;
        for (;;) {
            const int ready = ::epoll_wait(loop_, events.data(), events.size(), -1);
            for (int i = 0; i < ready; ++i) {
                const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
                if (descriptor == listener_) {
                    accept();
                } else {
                    handle(descriptor);
                }
            }
        }
    }

private:
    void accept() {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
        const int on = 1;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        clients_.push_back(client);
        watch(client);
    }

    void watch(int descriptor) const {
        epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
        ::epoll_ctl(loop_, EPOLL_CTL_ADD, descriptor, &event);
    }

    /// The benchmark sends whole lines, and never more than fit.
    void handle(int descriptor) {
        std::array<char, std::size_t{16} << 10U> buffer;
        const ssize_t size = ::recv(descriptor, buffer.data(), buffer.size(), 0);
        if (size <= 0) {
            std::erase(clients_, descriptor);
            ::close(descriptor);
            return;
        }
        std::vector<std::string> said;
        std::string responses;
        for (std::string_view lines(buffer.data(), static_cast<std::size_t>(size)); !lines.empty();
             lines.remove_prefix(lines.find('\n') + 1)) {
            if (lines.starts_with("SAY ")) {
                said.push_back(event(lines.substr(4, lines.find('\n') - 4)));
            }
            responses += "{}\n";
        }
        send_to_all(said);
        ::send(descriptor, responses.data(), responses.size(), MSG_NOSIGNAL);
    }

    std::string event(std::string_view text) {
        return R"({"event":"say","seq":)" + std::to_string(++seq_) +
               R"(,"from":"127.0.0.1:40000","text":")" + std::string(text) + "\"}\n";
    }

    void send_to_all(std::vector<std::string>& events) const {
        std::vector<iovec> pieces;
        for (std::string& event : events) {
            pieces.push_back({event.data(), event.size()});
        }
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = pieces.size();
        for (std::size_t n = 0; !events.empty() && n < clients_.size(); ++n) {
            ::sendmsg(clients_[n], &message, MSG_NOSIGNAL);
        }
    }

    int listener_;
    int loop_ = ::epoll_create1(0);
    std::vector<int> clients_;
    std::uint64_t seq_ = 0;
};

/// Broadcasts until the process is killed.
inline void serve_bare_room(int listener) {
    BareRoom(listener).serve();
}

}  // namespace peers
