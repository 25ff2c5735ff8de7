// What an echo costs a server: CPU time per message with many connections open, and per connection
// that lives for one message; user instructions and system calls too, if valgrind and strace are
// installed. Each server is a process of its own; this one is their client.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "11_02_tcp_server/tcp_server.hpp"
#include "peers/11_02_tcp_server_callbacks.hpp"
#include "peers/11_02_tcp_server_epoll.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/echo_load.hpp"
#include "support/server_process.hpp"

namespace {

using namespace cookbook;
using benchmarks::Listener;
using benchmarks::Load;

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
