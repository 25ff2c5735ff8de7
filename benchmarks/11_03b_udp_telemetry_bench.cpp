// What a datagram costs a server that counts its clients, with 10 and with 100,000 of them: CPU
// time, user instructions and system calls. Each server is a process of its own; this one sends
// under forged addresses, all of loopback, so that the replies come back to it.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_03_udp_server/ancillary.hpp"
#include "11_03_udp_server/socket.hpp"
#include "11_03b_udp_telemetry/udp_telemetry.hpp"
#include "common/cli/run.hpp"
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
using benchmarks::Peer;

constexpr std::string_view request = "PING";
constexpr std::size_t in_flight = 64;

asio::awaitable<void> serve_on(int descriptor, std::size_t max_clients) {
    udp_telemetry::udp::socket socket(co_await this_coro::executor, udp_telemetry::udp::v4(),
                                      descriptor);
    udp_server::report_details(socket);
    constexpr auto no_limit = std::numeric_limits<std::uint32_t>::max();
    co_await udp_telemetry::serve(
        std::move(socket),
        {.clients = {.max_clients = max_clients, .rate = no_limit}, .every = 24h});
}

benchmarks::ServeForever ours(std::size_t max_clients) {
    return [=](int descriptor) { run(serve_on(descriptor, max_clients)); };
}

const std::vector<Peer> servers_to_compare = {
    {"raw recvmmsg, counts nobody", peers::serve_recvmmsg},
    {"the original", benchmarks::python("11_03b_udp_telemetry_python.py", "original")},
    {"asyncio", benchmarks::python("11_03b_udp_telemetry_python.py", "asyncio")},
    {"ours", ours(200'000)},
    {"ours, for 10,000 clients", ours(10'000)}};

/// Sends under so many addresses, with so many datagrams in flight. A lost one would be missed for
/// ever, so the buffers must hold them all.
class Load {
public:
    Load(const BoundSocket& server, std::uint32_t sources) : server_(server), sources_(sources) {
        sockaddr_in any{};
        any.sin_family = AF_INET;
        check(::bind(socket_, reinterpret_cast<sockaddr*>(&any), sizeof any), "bind");
    }
    ~Load() { ::close(socket_); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    /// Exchanges a datagram of each source.
    void exchange_all() {
        std::uint32_t next = 0;
        exchange(sources_, [&] { return next++; });
    }

    /// Exchanges so many, each of any source.
    void exchange(std::size_t datagrams) {
        exchange(datagrams, [&] { return static_cast<std::uint32_t>(random_() % sources_); });
    }

private:
    void exchange(std::size_t datagrams, const std::function<std::uint32_t()>& choose) {
        std::size_t to_send = datagrams;
        to_send -= send(std::min(in_flight, to_send), choose);
        while (datagrams > 0) {
            const std::size_t received = receive();
            datagrams -= received;
            to_send -= send(std::min(received, to_send), choose);
        }
    }

    std::size_t send(std::size_t count, const std::function<std::uint32_t()>& choose) {
        std::array<udp_server::Ancillary, in_flight> ancillary{};
        std::array<mmsghdr, in_flight> messages{};
        iovec data{.iov_base = const_cast<char*>(request.data()), .iov_len = request.size()};
        for (std::size_t i = 0; i < count; ++i) {
            msghdr& header = messages[i].msg_hdr;
            header.msg_name = const_cast<sockaddr*>(server_.address());
            header.msg_namelen = sizeof(sockaddr_in);
            header.msg_iov = &data;
            header.msg_iovlen = 1;
            header.msg_control = &ancillary[i];
            in_pktinfo source{};
            source.ipi_spec_dst.s_addr = htonl(0x7f010000U + choose());
            udp_server::append_ancillary(header, IPPROTO_IP, IP_PKTINFO, source);
        }
        std::span rest = std::span(messages).first(count);
        while (!rest.empty()) {
            const int sent =
                ::sendmmsg(socket_, rest.data(), static_cast<unsigned>(rest.size()), 0);
            rest = rest.subspan(static_cast<std::size_t>(check(sent, "sendmmsg")));
        }
        return count;
    }

    std::size_t receive() {
        pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, 10'000) == 0) {
            throw std::runtime_error("a datagram was lost");
        }
        std::array<std::array<char, 64>, in_flight> bytes;
        std::array<iovec, in_flight> buffers;
        std::array<mmsghdr, in_flight> messages{};
        for (std::size_t i = 0; i < messages.size(); ++i) {
            buffers[i] = {.iov_base = bytes[i].data(), .iov_len = bytes[i].size()};
            messages[i].msg_hdr.msg_iov = &buffers[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        return static_cast<std::size_t>(check(
            ::recvmmsg(socket_, messages.data(), in_flight, MSG_DONTWAIT, nullptr), "recvmmsg"));
    }

    const BoundSocket& server_;
    std::uint32_t sources_;
    int socket_ = benchmarks::open_udp();
    std::mt19937 random_{7};
};

struct Workload {
    std::string name;
    std::uint32_t sources;
};

const std::vector<Workload> workloads = {{"10 sources", 10}, {"100,000 sources", 100'000}};

benchmarks::Server measure(const Workload& workload, const Peer& peer) {
    const auto make_load = [=](const BoundSocket& socket) {
        auto load = std::make_unique<Load>(socket, workload.sources);
        load->exchange_all();
        return load;
    };
    const bool is_slow = peer.name == "the original" || peer.name == "asyncio";
    // More for those that are fast: how the ones before came in batches is not always alike.
    const int traced = benchmarks::at_once * (is_slow ? 1 : 16);
    benchmarks::Server server = benchmarks::datagram_server(peer, make_load, traced);
    if (peer.name == "the original" && workload.sources > 1000) {
        server.traced = {};  // it would take minutes, and is no other than with few
    }
    return server;
}

}  // namespace

/// The benchmark; or, as `serve NAME SOCKET`, one of its servers, on a descriptor that is bound.
int main(int argc, char** argv) {
    return benchmarks::serve_or_compare(argc, argv, servers_to_compare, workloads, measure,
                                        {"raw recvmmsg, counts nobody", "the original", "asyncio"});
}
