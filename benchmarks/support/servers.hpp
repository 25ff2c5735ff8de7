// Servers that a benchmark compares, on a socket that they inherit.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/server_process.hpp"

namespace cookbook::benchmarks {

/// Serves on a socket, which listens or is bound, until the process is killed.
using ServeForever = std::function<void(int socket)>;

/// A server to measure.
struct Peer {
    std::string name;
    ServeForever serve;
};

/// A script in benchmarks/peers; it gets the number of the socket and then `argument`.
inline ServeForever python(const std::string& script, const std::string& argument = {}) {
    return [=](int socket) {
        Command command = {"python3", PEERS "/" + script, std::to_string(socket)};
        if (!argument.empty()) {
            command.push_back(argument);
        }
        execute(std::move(command));
    };
}

/// Starts the peer's server under a tracer: this benchmark's executable as `serve NAME SOCKET`.
inline ServerProcess start_traced(const Command& tracer, const Peer& peer, int socket) {
    return ServerProcess(
        [&] { execute_self(tracer, {"serve", peer.name, std::to_string(socket)}); });
}

/// For main(): serves, if that is what the arguments say. Returns false if they do not.
inline bool serve_if_asked(int argc, char** argv, const std::vector<Peer>& peers) {
    if (argc != 4 || std::string_view(argv[1]) != "serve") {
        return false;
    }
    std::ranges::find(peers, argv[2], &Peer::name)->serve(std::stoi(argv[3]));
    return true;
}

/// All of main(): serves, if that is what the arguments say, or compares the peers under each
/// workload, which has a name. `measure(workload, peer)` returns a Server, or nothing if the
/// workload is not for the peer.
template <typename Workload, typename Measure>
int serve_or_compare(int argc, char** argv, const std::vector<Peer>& peers,
                     const std::vector<Workload>& workloads, const Measure& measure,
                     const std::vector<std::string>& baselines) {
    if (serve_if_asked(argc, argv, peers)) {
        return 0;
    }
    for (const Workload& workload : workloads) {
        std::vector<Server> servers;
        for (const Peer& peer : peers) {
            if (const std::optional<Server> server = measure(workload, peer)) {
                servers.push_back(*server);
            }
        }
        compare(workload.name, servers, baselines);
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

}  // namespace cookbook::benchmarks
