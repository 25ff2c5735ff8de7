// What a gigabyte of an array costs: CPU time of sender and receiver together, and how many of them
// pass in a second (operations/s: GB/s). Sender and receiver are processes of their own, with a
// connection that is open already; the sender has its array, the receiver makes room for each.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "peers/11_13_large_arrays_iperf3.hpp"
#include "peers/11_13_large_arrays_receivers.hpp"
#include "peers/11_13_large_arrays_senders.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/echo_load.hpp"
#include "support/server_process.hpp"

namespace {

using namespace cookbook;
using benchmarks::check;
using benchmarks::Cost;
using benchmarks::ServerProcess;
using peers::array_size;
using peers::Side;

constexpr double gigabytes = static_cast<double>(array_size) / 1e9;

using Ends = std::array<int, 2>;

Ends tcp_connection() {
    const benchmarks::Listener listener;
    const int near = listener.connect();
    return {near, check(::accept(listener.descriptor(), nullptr, nullptr), "accept")};
}

Ends unix_connection() {
    Ends ends{};
    check(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), "socketpair");
    return ends;
}

Ends open_pipe() {
    Ends ends{};
    check(::pipe(ends.data()), "pipe");
    return ends;
}

/// A sender and a receiver that are connected.
class Pair {
public:
    Pair(const Ends& connection, const Side& send, const Side& receive)
        : connection_(connection),
          sender_([&] { send(connection_[0], go_[0]); }),
          receiver_([&] { receive(connection_[1], done_[1]); }) {
        for (const int descriptor : {connection_[0], connection_[1], go_[0], done_[1]}) {
            ::close(descriptor);
        }
    }
    ~Pair() {
        ::close(go_[1]);
        ::close(done_[0]);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    /// Sends a few arrays, one after the other. The first one does not count: while others had
    /// their turn, a virtual machine may have given the memory back that it takes.
    Cost run_round() {
        transfer();
        const double cpu = cpu_seconds();
        const auto begin = std::chrono::steady_clock::now();
        for (int n = 0; n < arrays; ++n) {
            transfer();
        }
        const std::chrono::duration<double> clock = std::chrono::steady_clock::now() - begin;
        return {.cpu = (cpu_seconds() - cpu) / (arrays * gigabytes),
                .clock = clock.count() / (arrays * gigabytes)};
    }

private:
    static constexpr int arrays = 4;  // in a round

    void transfer() {
        char byte = 'x';
        check(static_cast<int>(::write(go_[1], &byte, 1)), "write");
        if (::read(done_[0], &byte, 1) != 1) {
            throw std::runtime_error("not installed");
        }
    }

    double cpu_seconds() const { return sender_.cpu_seconds() + receiver_.cpu_seconds(); }

    Ends connection_;
    Ends go_ = open_pipe();
    Ends done_ = open_pipe();
    ServerProcess sender_;
    ServerProcess receiver_;
};

benchmarks::Server pair(std::string name, Ends (*connect)(), Side send, Side receive) {
    return {.name = std::move(name), .start = [=] {
                const auto running = std::make_shared<Pair>(connect(), send, receive);
                return [=] { return running->run_round(); };
            }};
}

Side python(std::string role) {
    return [role](int socket, int control) {
        ::dup2(control, role == "send" ? STDIN_FILENO : STDOUT_FILENO);
        benchmarks::execute({"/usr/bin/python3", PEERS "/11_13_large_arrays_python.py", role,
                             std::to_string(socket), std::to_string(array_size / sizeof(double))});
    };
}

/// The limit: from one place of memory to another, which has been written to.
benchmarks::Server copying() {
    return {.name = "memcpy", .start = [] {
                const auto from = std::make_shared<std::vector<char>>(array_size, 'x');
                const auto to = std::make_shared<std::vector<char>>(array_size, 'y');
                return [=] {
                    const double cpu = benchmarks::cpu_seconds(::getpid());
                    const auto begin = std::chrono::steady_clock::now();
                    std::memcpy(to->data(), from->data(), array_size);
                    benchmark::DoNotOptimize(to->data());
                    const std::chrono::duration<double> clock =
                        std::chrono::steady_clock::now() - begin;
                    return Cost{.cpu = (benchmarks::cpu_seconds(::getpid()) - cpu) / gigabytes,
                                .clock = clock.count() / gigabytes};
                };
            }};
}

void compare_with_peers() {
    const Side receive = peers::receive_into_buffer;
    benchmarks::compare("TCP",
                        {copying(),
                         {.name = "iperf3", .start = peers::start_iperf3},
                         pair("Python", tcp_connection, python("send"), python("receive")),
                         pair("ours", tcp_connection, peers::send_ours, receive),
                         pair("ours, --zerocopy", tcp_connection, peers::send_zero_copy, receive),
                         pair("ours, --file", tcp_connection, peers::send_file, receive)},
                        {"Python", "memcpy"});
    benchmarks::compare("UNIX socket",
                        {pair("Python", unix_connection, python("send"), python("receive")),
                         pair("ours", unix_connection, peers::send_ours, receive)},
                        {"Python"});
}

/// One receiver, whose memory is touched already, and many ways to send.
void compare_senders() {
    std::vector<benchmarks::Server> servers;
    for (const std::size_t size : {std::size_t{64} << 10U, std::size_t{256} << 10U,
                                   std::size_t{1} << 20U, std::size_t{4} << 20U, array_size}) {
        const std::string name = size == array_size   ? "one send"
                                 : size < (1U << 20U) ? fmt::format("sends of {} KiB", size >> 10U)
                                                      : fmt::format("sends of {} MiB", size >> 20U);
        servers.push_back(
            pair(name, tcp_connection, peers::send_blocking(size), peers::receive_into_touched));
    }
    servers.push_back(pair("ours", tcp_connection, peers::send_ours, peers::receive_into_touched));
    servers.push_back(
        pair("MSG_ZEROCOPY", tcp_connection, peers::send_zero_copy, peers::receive_into_touched));
    servers.push_back(
        pair("vmsplice", tcp_connection, peers::send_spliced, peers::receive_into_touched));
    benchmarks::compare("sending", servers, {"sends of 1 MiB"});
}

/// One sender, and memory of several kinds.
void compare_receivers() {
    benchmarks::compare(
        "receiving into",
        {pair("memory kept", tcp_connection, peers::send_ours, peers::receive_into_touched),
         pair("Buffer (huge pages)", tcp_connection, peers::send_ours, peers::receive_into_buffer),
         pair("mmap", tcp_connection, peers::send_ours, peers::receive_into_small_pages),
         pair("std::vector", tcp_connection, peers::send_ours, peers::receive_into_vector)},
        {"memory kept"});
}

}  // namespace

int main(int argc, char** argv) {
    compare_with_peers();
    compare_senders();
    compare_receivers();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
