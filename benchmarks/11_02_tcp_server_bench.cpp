// What an echo costs a server: CPU time per message with many connections open, and per connection
// that lives for one message; user instructions and system calls too, if valgrind and strace are
// installed. Each server is a process of its own; this one is their client.
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "11_02_tcp_server/tcp_server.hpp"
#include "peers/11_02_tcp_server_callbacks.hpp"
#include "peers/11_02_tcp_server_epoll.hpp"
#include "support/comparison.hpp"
#include "support/echo_load.hpp"
#include "support/listening_servers.hpp"
#include "support/server_process.hpp"
#include "support/servers.hpp"

namespace {

using namespace cookbook;
using benchmarks::Listener;
using benchmarks::Load;
using benchmarks::Peer;
using benchmarks::python;
using benchmarks::ServerProcess;

constexpr int max_connections = 1000;

benchmarks::ServeForever ours(const tcp_server::Style& style) {
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

/// Puts one round of the workload on a server.
benchmarks::Cost put_load(const Workload& workload, const Listener& listener,
                          const ServerProcess& process) {
    Load load(listener, workload.reconnect);
    load.open(workload.connections);
    load.exchange(static_cast<std::size_t>(workload.connections) * 8);  // all are accepted
    const benchmarks::Meter meter(process);
    load.exchange(static_cast<std::size_t>(workload.messages));
    return meter.per_operation(workload.messages);
}

/// Has a server under a tracer echo `rounds` times 2,048 messages.
double put_traced(const Workload& workload, const Listener& listener, ServerProcess& process,
                  int rounds) {
    const int messages = 2048 * rounds;
    Load load(listener, workload.reconnect);
    load.open(workload.connections);
    load.exchange(static_cast<std::size_t>(messages));
    process.end(SIGTERM);
    return messages;
}

std::optional<benchmarks::Server> measure(const Workload& workload, const Peer& peer) {
    if (peer.name == "iterative" && workload.connections > 1) {  // serves one at a time
        return std::nullopt;
    }
    return benchmarks::listening_server(peer, std::bind_front(put_load, workload),
                                        std::bind_front(put_traced, workload));
}

}  // namespace

/// The benchmark; or, as `serve NAME LISTENER`, one of its servers, on a descriptor that listens.
int main(int argc, char** argv) {
    return benchmarks::serve_or_compare(argc, argv, peers_and_ours(), workloads, measure,
                                        {"raw epoll", "Asio callbacks", "ThreadingTCPServer"});
}
