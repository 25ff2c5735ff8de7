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
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_02_tcp_server/tcp_server.hpp"
#include "peers/11_02_tcp_server_callbacks.hpp"
#include "peers/11_02_tcp_server_epoll.hpp"
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

struct Server {
    std::string name;
    ServeForever serve;
};

/// The baselines come first.
std::vector<Server> all_servers() {
    std::vector<Server> servers = {{"raw epoll", peers::serve_epoll},
                                   {"Asio callbacks", peers::serve_callbacks},
                                   {"ThreadingTCPServer", python("11_02_tcp_server_threading.py")},
                                   {"asyncio", python("11_02_tcp_server_asyncio.py")}};
    for (const tcp_server::Style& style : tcp_server::styles) {
        servers.push_back({std::string(style.name), ours(style)});
    }
    return servers;
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

/// What a message cost a server in each repetition.
class Costs {
public:
    /// Forgets those of shorter runs: with them Google Benchmark finds out how long to measure.
    void add(benchmark::IterationCount iterations, double cost) {
        if (iterations > iterations_) {
            iterations_ = iterations;
            costs_.clear();
        }
        costs_.push_back(cost);
    }
    [[nodiscard]] double median() const {
        std::vector<double> costs = costs_;
        const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
        std::ranges::nth_element(costs, middle);
        return *middle;
    }

private:
    benchmark::IterationCount iterations_ = 0;
    std::vector<double> costs_;
};

struct Workload {
    std::string name;
    int connections;
    bool reconnect;
    std::map<std::string, Costs> costs;  // of each server, for the ratios
    std::map<std::string, std::map<std::string, double>> counts;
};

/// Has a server under a tracer echo `rounds` times 2,048 messages.
double run_traced(const Workload& workload, const std::string& server_name,
                  const benchmarks::Command& tracer, int rounds) {
    const Listener listener;
    benchmarks::ServerProcess server([&] {
        benchmarks::execute_self(tracer,
                                 {"serve", server_name, std::to_string(listener.descriptor())});
    });
    const int messages = 2048 * rounds;
    Load load(listener, workload.reconnect);
    load.open(workload.connections);
    load.exchange(static_cast<std::size_t>(messages));
    server.end(SIGTERM);
    return messages;
}

/// User instructions and system calls per message, counted once.
const std::map<std::string, double>& count(Workload& workload, const std::string& server) {
    const auto [place, is_new] = workload.counts.try_emplace(server);
    if (is_new && workload.connections < max_connections) {  // callgrind takes 500 threads at most
        const benchmarks::TracedRun run = [&](const benchmarks::Command& tracer, int rounds) {
            return run_traced(workload, server, tracer, rounds);
        };
        if (const auto instructions = benchmarks::count_instructions(run)) {
            place->second["instructions"] = *instructions;
        }
        if (const auto calls = benchmarks::count_system_calls(run)) {
            place->second["system calls"] = *calls;
        }
    }
    return place->second;
}

void measure(benchmark::State& state, Workload& workload, const Server& chosen) {
    for (const auto& [what, number] : count(workload, chosen.name)) {
        state.counters[what] = number;
    }
    const Listener listener;
    benchmarks::ServerProcess server([&] { chosen.serve(listener.descriptor()); });
    Load load(listener, workload.reconnect);
    load.open(workload.connections);
    const auto batch = static_cast<std::size_t>(workload.connections) * 8;
    load.exchange(batch);  // everything is connected, and in the caches

    const double before = server.cpu_seconds();
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(batch))) {
        load.exchange(batch);
    }
    const double cost =
        (server.cpu_seconds() - before) * 1e6 / static_cast<double>(state.iterations());
    workload.costs[chosen.name].add(state.iterations(), cost);
    state.counters["server µs"] = cost;
    for (const std::string baseline : {"raw epoll", "Asio callbacks", "ThreadingTCPServer"}) {
        if (workload.costs.contains(baseline)) {
            state.counters["/ " + baseline] = cost / workload.costs[baseline].median();
        }
    }
}

}  // namespace

/// The benchmark; or, as `serve NAME LISTENER`, one of its servers, on a descriptor that listens.
int main(int argc, char** argv) {
    const std::vector<Server> servers = all_servers();
    if (argc == 4 && std::string(argv[1]) == "serve") {
        std::ranges::find(servers, argv[2], &Server::name)->serve(std::stoi(argv[3]));
        return 0;
    }
    std::vector<Workload> workloads = {{"64 connections", 64, false, {}, {}},
                                       {"1000 connections", max_connections, false, {}, {}},
                                       {"short connections", 1, true, {}, {}}};
    for (Workload& workload : workloads) {
        for (const Server& server : servers) {
            if (server.name == "iterative" && workload.connections > 1) {
                continue;  // it serves one connection at a time
            }
            benchmark::RegisterBenchmark((workload.name + "/" + server.name).c_str(), measure,
                                         std::ref(workload), server)
                ->UseRealTime()
                ->MinTime(0.4)
                ->Repetitions(3)
                ->ReportAggregatesOnly();
        }
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
