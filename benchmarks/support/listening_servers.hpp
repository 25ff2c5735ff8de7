// Servers that a benchmark compares, on a listening socket that they inherit.
#pragma once

#include <memory>

#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/echo_load.hpp"
#include "support/server_process.hpp"
#include "support/servers.hpp"

namespace cookbook::benchmarks {

/// `peer` under a load: `put_load(listener, process)` puts one round on it and returns its Cost.
template <typename PutLoad>
Server listening_server(const Peer& peer, const PutLoad& put_load) {
    const auto start = [=]() -> Round {
        const auto listener = std::make_shared<Listener>();
        const auto process =
            std::make_shared<ServerProcess>([&] { peer.serve(listener->descriptor()); });
        return [=] { return put_load(*listener, *process); };
    };
    return {.name = peer.name, .start = start};
}

/// The same. `put_traced(listener, process, rounds)` puts rounds on it that a tracer watches, ends
/// the server by SIGTERM before its connections, and returns the number of operations.
template <typename PutLoad, typename PutTraced>
Server listening_server(const Peer& peer, const PutLoad& put_load, const PutTraced& put_traced) {
    Server server = listening_server(peer, put_load);
    server.traced = [=](const Command& tracer, int rounds) -> double {
        const Listener listener;
        ServerProcess process = start_traced(tracer, peer, listener.descriptor());
        return put_traced(listener, process, rounds);
    };
    return server;
}

}  // namespace cookbook::benchmarks
