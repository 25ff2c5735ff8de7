// Servers that a benchmark compares, on a datagram socket that they inherit.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>

#include "support/comparison.hpp"
#include "support/server_process.hpp"
#include "support/servers.hpp"

namespace cookbook::benchmarks {

inline int open_udp() {
    return check(::socket(AF_INET, SOCK_DGRAM, 0), "socket");
}

/// A socket on a free port of 127.0.0.1.
class BoundSocket {
public:
    BoundSocket() {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address_;
        auto* address = reinterpret_cast<sockaddr*>(&address_);
        check(::bind(descriptor_, address, size), "bind");
        check(::getsockname(descriptor_, address, &size), "getsockname");
    }
    ~BoundSocket() { ::close(descriptor_); }
    BoundSocket(const BoundSocket&) = delete;
    BoundSocket& operator=(const BoundSocket&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] const sockaddr* address() const {
        return reinterpret_cast<const sockaddr*>(&address_);
    }

private:
    int descriptor_ = open_udp();
    sockaddr_in address_{};
};

inline constexpr int at_once = 4096;  // datagrams; a server a hundred times slower takes a second

/// `peer` under a load: make_load(socket) returns a pointer to one, whose exchange(n) sends so many
/// requests and receives their replies. Tracers count over `traced` of them.
template <typename MakeLoad>
Server datagram_server(const Peer& peer, const MakeLoad& make_load, int traced = at_once) {
    const auto start = [=]() -> Round {
        const auto socket = std::make_shared<BoundSocket>();
        const auto process =
            std::make_shared<ServerProcess>([&] { peer.serve(socket->descriptor()); });
        const auto load = std::shared_ptr(make_load(*socket));
        return [=] {
            const Meter meter(*process);
            const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
            int datagrams = 0;
            do {
                load->exchange(at_once);
                datagrams += at_once;
            } while (std::chrono::steady_clock::now() < end);
            return meter.per_operation(datagrams);
        };
    };
    const auto run_traced = [=](const Command& tracer, int rounds) -> double {
        const BoundSocket socket;
        ServerProcess process = start_traced(tracer, peer, socket.descriptor());
        const auto load = make_load(socket);
        const int datagrams = traced * rounds;
        load->exchange(static_cast<std::size_t>(datagrams));
        process.end(SIGTERM);
        return datagrams;
    };
    return {.name = peer.name, .start = start, .traced = run_traced};
}

}  // namespace cookbook::benchmarks
