// What an echo costs a server: CPU time a message with many connections open, and a connection that
// lives for one message. Each server is a process of its own; this one is their client.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "11_02_tcp_server/tcp_server.hpp"
#include "peers/11_02_tcp_server_callbacks.hpp"
#include "peers/11_02_tcp_server_epoll.hpp"

namespace {

using namespace cookbook;

constexpr std::size_t message_size = 64;
constexpr int most_connections = 1000;

int check(int result, const char* call) {
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), call);
    }
    return result;
}

/// Serves on a listening socket until the process is killed.
using ServeForever = std::function<void(int listener)>;

ServeForever our(const tcp_server::Style& style) {
    return [&style](int listener) {
        asio::io_context context;
        tcp_server::Options options;
        options.limits.max_connections =
            4 * most_connections;  // of multicore, each loop has a share
        if (style.name == "pool") {
            options.workers = most_connections;
        }
        style.serve(tcp::acceptor(context, tcp::v4(), listener), options, {});
    };
}

ServeForever python(const std::string& script) {
    return [script](int listener) {
        const std::string path = PEERS "/" + script;
        ::execlp("python3", "python3", path.c_str(), std::to_string(listener).c_str(), nullptr);
    };
}

/// A server in a child process.
class ServerProcess {
public:
    explicit ServerProcess(const ServeForever& serve) {
        const int listener = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        auto* address = reinterpret_cast<sockaddr*>(&address_);
        socklen_t size = sizeof address_;
        check(::bind(listener, address, size), "bind");
        check(::listen(listener, SOMAXCONN), "listen");
        check(::getsockname(listener, address, &size), "getsockname");
        child_ = check(::fork(), "fork");
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(listener);
            ::_exit(1);
        }
        ::close(listener);
        ::clock_getcpuclockid(child_, &clock_);
    }
    ~ServerProcess() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    [[nodiscard]] int connect() const {
        const int descriptor = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        check(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address_), sizeof address_),
              "connect");
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return descriptor;
    }

    /// The CPU time of all its threads so far, in microseconds.
    [[nodiscard]] double cpu() const {
        timespec time{};
        ::clock_gettime(clock_, &time);
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
    }

private:
    sockaddr_in address_{};
    pid_t child_ = -1;
    clockid_t clock_{};
};

/// Connections with one message in flight on each.
class Load {
public:
    explicit Load(const ServerProcess& server, bool reconnect)
        : server_(server), reconnect_(reconnect) {}
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
            throw std::runtime_error("the server hung up");
        }
        return (missing_[descriptor] -= static_cast<std::size_t>(n)) == 0;
    }

    const ServerProcess& server_;
    bool reconnect_;
    int epoll_ = check(::epoll_create1(0), "epoll_create1");
    std::map<int, std::size_t> missing_;  // bytes of the reply, by descriptor
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
};

void measure(benchmark::State& state, Workload& workload, const std::string& name,
             const ServeForever& serve) {
    const ServerProcess server(serve);
    Load load(server, workload.reconnect);
    load.open(workload.connections);
    const auto batch = static_cast<std::size_t>(workload.connections) * 8;
    load.exchange(batch);  // everything is connected, and in the caches

    const double before = server.cpu();
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(batch))) {
        load.exchange(batch);
    }
    const double cost = (server.cpu() - before) / static_cast<double>(state.iterations());
    workload.costs[name].add(state.iterations(), cost);
    state.counters["server µs"] = cost;
    for (const std::string baseline : {"raw epoll", "Asio callbacks", "ThreadingTCPServer"}) {
        if (workload.costs.contains(baseline)) {
            state.counters["/ " + baseline] = cost / workload.costs[baseline].median();
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::pair<std::string, ServeForever>> servers = {
        {"raw epoll", peers::serve_epoll},
        {"Asio callbacks", peers::serve_callbacks},
        {"ThreadingTCPServer", python("11_02_tcp_server_threading.py")},
        {"asyncio", python("11_02_tcp_server_asyncio.py")}};
    for (const tcp_server::Style& style : tcp_server::styles) {
        servers.emplace_back(style.name, our(style));
    }
    std::vector<Workload> workloads = {{"64 connections", 64, false, {}},
                                       {"1000 connections", most_connections, false, {}},
                                       {"short connections", 1, true, {}}};
    for (Workload& workload : workloads) {
        for (const auto& [name, serve] : servers) {
            if (name == "iterative" && workload.connections > 1) {
                continue;  // it serves one connection at a time
            }
            benchmark::RegisterBenchmark((workload.name + "/" + name).c_str(), measure,
                                         std::ref(workload), name, serve)
                ->UseRealTime()
                ->MinTime(0.4)
                ->Repetitions(3)
                ->ReportAggregatesOnly();
        }
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
