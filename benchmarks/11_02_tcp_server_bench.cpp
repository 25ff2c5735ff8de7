// What an echo costs a server: CPU time per message with many connections open, and per connection
// that lives for one message; user instructions and system calls too, if valgrind and strace are
// installed. Each server is a process of its own; this one is their client.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_02_tcp_server/tcp_server.hpp"
#include "peers/11_02_tcp_server_callbacks.hpp"
#include "peers/11_02_tcp_server_epoll.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/server_process.hpp"

namespace {

using namespace cookbook;
using benchmarks::check;

constexpr std::size_t message_size = 64;
constexpr int max_connections = 1000;

/// Serves on a listening socket until the process is killed.
using ServeForever = std::function<void(int listener)>;

ServeForever ours(const tcp_server::Style& style) {
    return [&style](int listener) {
        asio::io_context context;
        tcp_server::Options options;
        options.limits.max_connections =
            std::size_t{4} * max_connections;  // of multicore, each loop has a share
        if (style.name == "pool") {
            options.workers = max_connections;
        }
        style.serve(tcp::acceptor(context, tcp::v4(), listener), options, {});
    };
}

ServeForever python(const std::string& script) {
    return [script](int listener) {
        benchmarks::execute({"python3", PEERS "/" + script, std::to_string(listener)});
    };
}

/// A server to measure.
struct Peer {
    std::string name;
    ServeForever serve;
};

std::vector<Peer> peers_and_ours() {
    std::vector<Peer> all = {{"raw epoll", peers::serve_epoll},
                             {"Asio callbacks", peers::serve_callbacks},
                             {"ThreadingTCPServer", python("11_02_tcp_server_threading.py")},
                             {"asyncio", python("11_02_tcp_server_asyncio.py")}};
    for (const tcp_server::Style& style : tcp_server::styles) {
        all.push_back({std::string(style.name), ours(style)});
    }
    return all;
}

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

/// Connections with one message in flight on each.
class Load {
public:
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

struct Workload {
    std::string name;
    int connections;
    bool reconnect;
    int messages;  // in a round
};

const std::vector<Workload> workloads = {{"64 connections", 64, false, 40'000},
                                         {"1000 connections", max_connections, false, 40'000},
                                         {"short connections", 1, true, 4000}};

/// Puts one round of the workload on the server that listens there.
benchmarks::Cost run_round(const Workload& workload, const Listener& listener,
                           const benchmarks::ServerProcess& process) {
    Load load(listener, workload.reconnect);
    load.open(workload.connections);
    load.exchange(static_cast<std::size_t>(workload.connections) * 8);  // all are accepted
    const benchmarks::Meter meter(process);
    load.exchange(static_cast<std::size_t>(workload.messages));
    return meter.per_operation(workload.messages);
}

benchmarks::Round start(const Workload& workload, const Peer& peer) {
    const auto listener = std::make_shared<Listener>();
    const auto process =
        std::make_shared<benchmarks::ServerProcess>([&] { peer.serve(listener->descriptor()); });
    return [=] { return run_round(workload, *listener, *process); };
}

/// Has a server under a tracer echo `rounds` times 2,048 messages.
double run_traced(const Workload& workload, const Peer& peer, const benchmarks::Command& tracer,
                  int rounds) {
    const Listener listener;
    benchmarks::ServerProcess process([&] {
        benchmarks::execute_self(tracer,
                                 {"serve", peer.name, std::to_string(listener.descriptor())});
    });
    const int messages = 2048 * rounds;
    Load load(listener, workload.reconnect);
    load.open(workload.connections);
    load.exchange(static_cast<std::size_t>(messages));
    process.end(SIGTERM);
    return messages;
}

benchmarks::Server server(const Workload& workload, const Peer& peer) {
    return {.name = peer.name,
            .start = [=] { return start(workload, peer); },
            .traced = [=](const benchmarks::Command& tracer,
                          int rounds) { return run_traced(workload, peer, tracer, rounds); }};
}

}  // namespace

/// The benchmark; or, as `serve NAME LISTENER`, one of its servers, on a descriptor that listens.
int main(int argc, char** argv) {
    const std::vector<Peer> peers = peers_and_ours();
    if (argc == 4 && std::string(argv[1]) == "serve") {
        std::ranges::find(peers, argv[2], &Peer::name)->serve(std::stoi(argv[3]));
        return 0;
    }
    for (const Workload& workload : workloads) {
        std::vector<benchmarks::Server> servers;
        for (const Peer& peer : peers) {
            if (peer.name != "iterative" || workload.connections == 1) {  // serves one at a time
                servers.push_back(server(workload, peer));
            }
        }
        benchmarks::compare(workload.name, servers,
                            {"raw epoll", "Asio callbacks", "ThreadingTCPServer"});
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
