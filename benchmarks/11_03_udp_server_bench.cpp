// What a reply costs a server: CPU time per datagram with one request in flight, with 64 of one
// peer, and with one of each of 64 peers; user instructions and system calls too, if valgrind and
// strace are installed. Each server is a process of its own; this one is their client.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_03_udp_server/udp_server.hpp"
#include "peers/11_03_udp_server_asio.hpp"
#include "peers/11_03_udp_server_recvmmsg.hpp"
#include "support/comparison.hpp"
#include "support/datagram_servers.hpp"
#include "support/server_process.hpp"
#include "support/servers.hpp"

namespace {

using namespace cookbook;
using namespace std::chrono_literals;
using benchmarks::BoundSocket;
using benchmarks::check;
using benchmarks::open_udp;
using benchmarks::Peer;

constexpr std::string_view request = "id=0123456789abcdef";

benchmarks::ServeForever ours(const udp_server::Style& style) {
    return [&style](int descriptor) {
        asio::io_context context;
        udp_server::udp::socket socket(context, udp_server::udp::v4(), descriptor);
        udp_server::report_details(socket);
        style.serve(std::move(socket), {}, {});
    };
}

benchmarks::ServeForever python(const std::string& kind) {
    return benchmarks::python("11_03_udp_server_python.py", kind);
}

std::vector<Peer> peers_and_ours() {
    std::vector<Peer> all = {{"raw recvmmsg", peers::serve_recvmmsg},
                             {"Asio, one call a datagram", peers::serve_asio},
                             {"UDPServer", python("UDPServer")},
                             {"ThreadingUDPServer", python("ThreadingUDPServer")},
                             {"asyncio", python("asyncio")}};
    for (const udp_server::Style& style : udp_server::styles) {
        all.push_back({std::string(style.name), ours(style)});
    }
    return all;
}

/// Peers with so many requests in flight each. A lost datagram would be missed for ever, so the
/// buffers must hold all that are in flight.
class Load {
public:
    Load(const BoundSocket& server, int peers, int in_flight) : in_flight_(in_flight) {
        for (int n = 0; n < peers; ++n) {
            polled_.push_back({.fd = open_udp(), .events = POLLIN, .revents = 0});
            check(::connect(polled_.back().fd, server.address(), sizeof(sockaddr_in)), "connect");
        }
    }
    ~Load() {
        for (const pollfd& peer : polled_) {
            ::close(peer.fd);
        }
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    /// Exchanges so many datagrams: each reply lets the peer send one more request.
    void exchange(std::size_t datagrams) {
        std::size_t to_send = datagrams;
        for (const pollfd& peer : polled_) {
            send(peer.fd, in_flight_, to_send);
        }
        while (datagrams > 0) {
            if (::poll(polled_.data(), polled_.size(), 10'000) == 0) {
                throw std::runtime_error("a datagram was lost");
            }
            for (const pollfd& peer : polled_) {
                if (peer.revents != 0) {
                    const int received = receive(peer.fd);
                    datagrams -= static_cast<std::size_t>(received);
                    send(peer.fd, received, to_send);
                }
            }
        }
    }

private:
    /// By one call: a client that costs more than the server would be what is measured.
    static void send(int peer, int count, std::size_t& left) {
        const auto wanted = std::min<std::size_t>(static_cast<std::size_t>(count), left);
        if (wanted == 0) {
            return;
        }
        left -= wanted;
        static std::array<iovec, 64> parts = [] {
            std::array<iovec, 64> all;
            all.fill({.iov_base = const_cast<char*>(request.data()), .iov_len = request.size()});
            return all;
        }();
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = wanted;
        if (wanted > 1) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            cmsghdr* item = CMSG_FIRSTHDR(&message);
            item->cmsg_level = SOL_UDP;
            item->cmsg_type = UDP_SEGMENT;
            item->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
            const auto size = static_cast<std::uint16_t>(request.size());
            std::copy_n(reinterpret_cast<const char*>(&size), sizeof size,
                        reinterpret_cast<char*>(CMSG_DATA(item)));
        }
        check(static_cast<int>(::sendmsg(peer, &message, 0)), "sendmsg");
    }

    static int receive(int peer) {
        static std::array<std::array<char, 64>, 64> bytes;
        static std::array<iovec, 64> buffers;
        static std::array<mmsghdr, 64> messages{};
        for (std::size_t i = 0; i < messages.size(); ++i) {
            buffers[i] = {.iov_base = bytes[i].data(), .iov_len = bytes[i].size()};
            messages[i].msg_hdr.msg_iov = &buffers[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        return check(::recvmmsg(peer, messages.data(), messages.size(), MSG_DONTWAIT, nullptr),
                     "recvmmsg");
    }

    int in_flight_;
    std::vector<pollfd> polled_;
};

struct Workload {
    std::string name;
    int peers;
    int in_flight;
};

const std::vector<Workload> workloads = {{"1 in flight", 1, 1},
                                         {"64 in flight of one peer", 1, 64},
                                         {"64 in flight of 64 peers", 64, 1}};

benchmarks::Server measure(const Workload& workload, const Peer& peer) {
    return benchmarks::datagram_server(peer, [=](const BoundSocket& socket) {
        return std::make_unique<Load>(socket, workload.peers, workload.in_flight);
    });
}

}  // namespace

/// The benchmark; or, as `serve NAME SOCKET`, one of its servers, on a descriptor that is bound.
int main(int argc, char** argv) {
    return benchmarks::serve_or_compare(argc, argv, peers_and_ours(), workloads, measure,
                                        {"raw recvmmsg", "Asio, one call a datagram", "UDPServer"});
}
