// What an echo costs each loop beside more and more connections that say nothing: CPU time per
// message with eight connections that talk; with few idle ones user instructions and system calls,
// too, if valgrind and strace are installed. Each server is a process of its own; this one is their
// client, and further ones hold the idle connections.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_12_event_loop/services.hpp"
#include "11_12_event_loop/sockets.hpp"
#include "peers/11_02_tcp_server_epoll.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/echo_load.hpp"
#include "support/server_process.hpp"
#include "support/servers.hpp"

namespace {

using namespace cookbook;
using benchmarks::check;
using benchmarks::Listener;
using benchmarks::Load;
using benchmarks::Peer;
using benchmarks::ServerProcess;

constexpr int talking = 8;
constexpr int max_of_select = 1000;  // FD_SETSIZE, less a few that the server needs itself
constexpr int few_idle = 10;

benchmarks::ServeForever ours(const event_loop::Loop& loop) {
    return [&loop](int listener) {
        asio::io_context context;
        event_loop::Sockets sockets = event_loop::open_sockets(context.get_executor(), {});
        sockets.echo = tcp::acceptor(context, tcp::v4(), listener);
        event_loop::Options options;
        options.limits.max_connections = 20'000;
        options.limits.idle_timeout = 1h;
        loop.serve(std::move(sockets), options, {}, [] {});
    };
}

std::vector<Peer> peers_and_ours() {
    std::vector<Peer> all = {{"bare epoll", peers::serve_epoll},
                             {"Python select", benchmarks::python("11_12_event_loop_python.py")}};
    for (const event_loop::Loop& loop : event_loop::loops) {
        all.push_back({std::string(loop.name), ours(loop)});
    }
    return all;
}

/// A process that holds connections and says nothing.
class IdleConnections {
public:
    /// Returns when all are open, and accepted or in the backlog. Throws runtime_error if
    /// descriptors run out.
    IdleConnections(const Listener& server, int count)
        : open_(count), holder_([this, &server] { hold(server); }) {
        ::close(ends_[1]);
        char all_open = 0;
        const auto came = ::read(ends_[0], &all_open, 1);
        ::close(ends_[0]);
        if (came != 1) {
            throw std::runtime_error(fmt::format("needs {} descriptors: see ulimit -n", open_));
        }
    }

private:
    static std::array<int, 2> open_pipe() {
        std::array<int, 2> ends{};
        check(::pipe(ends.data()), "pipe");
        return ends;
    }

    void hold(const Listener& server) const {
        try {
            for (int n = 0; n < open_; ++n) {
                static_cast<void>(server.connect());
            }
        } catch (const std::system_error&) {
            ::_exit(1);  // which closes the pipe
        }
        check(static_cast<int>(::write(ends_[1], "!", 1)), "write");
        ::pause();
    }

    int open_;
    std::array<int, 2> ends_ = open_pipe();
    ServerProcess holder_;
};

/// Closes what the child has inherited, except for the listener: select() takes low numbers only.
void close_others(int listener) {
    const auto number = static_cast<unsigned>(listener);
    ::close_range(3, number - 1, 0);
    ::close_range(number + 1, ~0U, 0);
}

struct Workload {
    int idle;
    int messages;  // in a round
    std::string name = fmt::format("{} idle connections", idle);
};

const std::vector<Workload> workloads = {
    {few_idle, 20'000}, {100, 20'000}, {1000, 10'000}, {4000, 8000}, {10'000, 4000}};

/// A server with its idle connections.
struct Running {
    Listener listener;
    ServerProcess process;
    IdleConnections idle;

    Running(const Workload& workload, const Peer& peer)
        : process([&] {
              close_others(listener.descriptor());
              peer.serve(listener.descriptor());
          }),
          idle(listener, workload.idle) {}
};

benchmarks::Cost run_round(const Workload& workload, const Running& running) {
    Load load(running.listener, false);
    load.open(talking);
    load.exchange(std::size_t{talking} * 8);  // all are accepted
    const benchmarks::Meter meter(running.process);
    load.exchange(static_cast<std::size_t>(workload.messages));
    return meter.per_operation(workload.messages);
}

/// Has a server under a tracer echo `rounds` times 2,048 messages.
double run_traced(const Peer& peer, const benchmarks::Command& tracer, int rounds) {
    const Listener listener;
    ServerProcess process = benchmarks::start_traced(tracer, peer, listener.descriptor());
    const IdleConnections idle(listener, few_idle);
    const int messages = 2048 * rounds;
    Load load(listener, false);
    load.open(talking);
    load.exchange(static_cast<std::size_t>(messages));
    process.end(SIGTERM);
    return messages;
}

std::optional<benchmarks::Server> measure(const Workload& workload, const Peer& peer) {
    const bool selects = peer.name == "select" || peer.name == "Python select";
    if (selects && workload.idle > max_of_select) {
        return std::nullopt;
    }
    benchmarks::Server result{.name = peer.name, .start = [=] {
                                  const auto running = std::make_shared<Running>(workload, peer);
                                  return [=] { return run_round(workload, *running); };
                              }};
    if (workload.idle == few_idle && peer.name != "Python select") {
        result.traced = [=](const benchmarks::Command& tracer, int rounds) {
            return run_traced(peer, tracer, rounds);
        };
    }
    return result;
}

/// As many descriptors as the process may have.
void allow_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

/// The benchmark; or, as `serve NAME LISTENER`, one of its servers, on a descriptor that listens.
int main(int argc, char** argv) {
    allow_descriptors();
    return benchmarks::serve_or_compare(argc, argv, peers_and_ours(), workloads, measure,
                                        {"bare epoll"});
}
