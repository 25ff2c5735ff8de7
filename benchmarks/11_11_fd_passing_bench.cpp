// What it costs to hand a descriptor over: to send, receive and close it, in one process, so that
// nobody waits for another. Ours, one and many in a message, beside Python's send_handle() and
// recv_handle(), and its thin socket.send_fds() and recv_fds(). User instructions and system calls
// too, if valgrind and strace are installed. The CPython is BENCH_PYTHON, or python3.
//
// And what a whole connection costs server and workers together, one that lives for an echo of 64
// bytes: ours beside the original's, and beside a process that accepts and serves by itself.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_11_fd_passing/fd_passing.hpp"
#include "common/cli/run.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/echo.hpp"
#include "common/net/serve.hpp"
#include "common/net/stream.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/echo_load.hpp"
#include "support/listening_servers.hpp"
#include "support/server_process.hpp"
#include "support/servers.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::fd_passing;
using benchmarks::Command;
using benchmarks::Cost;

/// Two ends of a socket in this process, and a file to pass from one to the other.
class Passing {
public:
    explicit Passing(std::size_t in_a_message)
        : file_(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open"),
          descriptors_(in_a_message, file_.get()) {
        std::array<int, 2> ends{};
        benchmarks::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()),
                          "socketpair");
        near_ = Descriptor(ends[0]);
        far_ = Descriptor(ends[1]);
    }

    /// Passes about so many; returns how many.
    std::size_t pass(std::size_t count) {
        std::size_t passed = 0;
        while (passed < count) {
            if (send_fds(near_.get(), descriptors_)) {
                throw std::runtime_error("send_fds");
            }
            passed += recv_fds(far_.get(), descriptors_.size()).value().descriptors.size();
        }
        return passed;
    }

private:
    Descriptor file_;
    Descriptor near_;
    Descriptor far_;
    std::vector<int> descriptors_;
};

double cpu_seconds() {
    return benchmarks::cpu_seconds(::getpid());
}

Cost measure_ours(std::size_t in_a_message) {
    constexpr std::size_t count = 50'000;
    Passing passing(in_a_message);
    const auto begin = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    const auto passed = static_cast<double>(passing.pass(count));
    const std::chrono::duration<double> clock = std::chrono::steady_clock::now() - begin;
    return {.cpu = (cpu_seconds() - cpu) / passed, .clock = clock.count() / passed};
}

Cost measure_python(const std::string& form) {
    const char* const python = std::getenv("BENCH_PYTHON");
    const std::string command = std::string(python != nullptr ? python : "python3") +
                                " " PEERS "/11_11_fd_passing_peer.py " + form + " 30000";
    std::FILE* const output = ::popen(command.c_str(), "r");
    Cost cost{};
    const bool read =
        output != nullptr && std::fscanf(output, "%lf %lf", &cost.cpu, &cost.clock) == 2;
    if (output != nullptr) {
        ::pclose(output);
    }
    if (!read) {
        throw std::runtime_error("no Python that can do this");
    }
    return cost;
}

/// This program, which passes descriptors and nothing else, behind a tracer.
double run_traced(std::size_t in_a_message, const Command& tracer, int rounds) {
    const std::size_t count = 2530 * static_cast<std::size_t>(rounds);
    const pid_t child = benchmarks::check(::fork(), "fork");
    if (child == 0) {
        benchmarks::execute_self(tracer,
                                 {"pass", std::to_string(in_a_message), std::to_string(count)});
        ::_exit(1);
    }
    ::waitpid(child, nullptr, 0);
    return static_cast<double>(count);
}

benchmarks::Server ours(const std::string& name, std::size_t in_a_message) {
    return {.name = name,
            .start = [=] { return [=] { return measure_ours(in_a_message); }; },
            .traced = [=](const Command& tracer,
                          int rounds) { return run_traced(in_a_message, tracer, rounds); }};
}

benchmarks::Server in_python(const std::string& name, const std::string& form) {
    return {.name = name, .start = [=] { return [=] { return measure_python(form); }; }};
}

// --- Whole connections ---------------------------------------------------------------------------

asio::awaitable<void> echo_over(tcp::socket socket) {
    SocketStream stream(std::move(socket));
    co_await echo(stream, Limits{}.idle_timeout);
}

asio::awaitable<void> serve_alone(int listener) {
    tcp::acceptor acceptor(co_await this_coro::executor, tcp::v4(), listener);
    co_await cookbook::serve(std::move(acceptor), Limits{}, echo_over);
}

asio::awaitable<void> serve_with(int listener, Descriptor nursery) {
    tcp::acceptor acceptor(co_await this_coro::executor, tcp::v4(), listener);
    co_await serve_with_children(std::move(acceptor), std::move(nursery), Limits{});
}

benchmarks::ServeForever with_workers(std::size_t workers) {
    return [=](int listener) {
        spdlog::set_level(spdlog::level::warn);  // the original does not log connections
        Nursery nursery({.workers = workers}, [](Descriptor server) {
            run(work_for_parent(std::move(server), Limits{}));
            return 0;
        });
        run(serve_with(listener, nursery.take_socket()));
    };
}

const std::vector<benchmarks::Peer> servers = {
    {"servermp.py", benchmarks::python("11_11_fd_passing_servermp.py")},
    {"one process", [](int listener) { run(serve_alone(listener)); }},
    {"ours, one worker", with_workers(1)},
    {"ours, two workers", with_workers(2)}};

struct Workload {
    std::string name;
    int at_once;
};

const std::vector<Workload> workloads = {{"connections, one at a time", 1},
                                         {"connections, 16 at once", 16}};

Cost put_load(const Workload& workload, const benchmarks::Listener& listener,
              const benchmarks::ServerProcess& process) {
    constexpr int connections = 2000;
    benchmarks::Load load(listener, true);
    load.open(workload.at_once);
    load.exchange(static_cast<std::size_t>(workload.at_once) * 8);  // the workers are there
    const benchmarks::Meter meter(process);
    load.exchange(connections);
    return meter.per_operation(connections);
}

benchmarks::Server measure(const Workload& workload, const benchmarks::Peer& peer) {
    return benchmarks::listening_server(peer, std::bind_front(put_load, workload));
}

}  // namespace

/// The benchmark; or, as `pass N COUNT`, what a tracer counts.
int main(int argc, char** argv) {
    if (argc == 4 && std::string(argv[1]) == "pass") {
        Passing(std::stoul(argv[2])).pass(std::stoul(argv[3]));
        return 0;
    }
    benchmarks::compare(
        "a descriptor handed over",
        {in_python("send_handle()", "send_handle"), in_python("send_fds()", "send_fds"),
         ours("ours", 1), ours("ours, 64 in a message", 64), ours("ours, 253 in a message", 253)},
        {"send_handle()", "ours"});
    return benchmarks::serve_or_compare(argc, argv, servers, workloads, measure, {"servermp.py"});
}
