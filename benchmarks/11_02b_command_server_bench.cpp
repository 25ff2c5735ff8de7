// What it costs a server to send an event of 120 bytes to one of 1,000 clients: CPU time of all its
// threads per delivery, one event at a time and 16 that come together; user instructions and system
// calls, too, if valgrind and strace are installed. Each server is a process of its own; this one
// is all of its clients.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_02b_command_server/command_server.hpp"
#include "peers/11_02b_command_server_sendmsg.hpp"
#include "support/comparison.hpp"
#include "support/echo_load.hpp"
#include "support/listening_servers.hpp"
#include "support/server_process.hpp"
#include "support/servers.hpp"

namespace {

using namespace cookbook;
using benchmarks::check;
using benchmarks::Listener;
using benchmarks::Peer;
using benchmarks::ServerProcess;

constexpr std::size_t max_clients = 1000;

benchmarks::ServeForever ours(const command_server::Style& style) {
    return [&style](int listener) {
        asio::io_context context;
        command_server::Options options;
        options.limits.max_connections = 2 * max_clients;
        style.serve(tcp::acceptor(context, tcp::v4(), listener), std::nullopt, options, {});
    };
}

std::vector<Peer> rooms() {
    std::vector<Peer> all = {{"bare sendmsg", peers::serve_bare_room},
                             {"asyncio", benchmarks::python("11_02b_command_server_asyncio.py")}};
    for (const command_server::Style& style : command_server::styles) {
        all.push_back({std::string(style.name), ours(style)});
    }
    return all;
}

struct Workload {
    std::string name;
    std::size_t together;  // events that come by one send
    std::size_t times;     // in a round
};

const std::vector<Workload> workloads = {{"one event at a time", 1, 100}, {"16 together", 16, 20}};

/// Clients that all listen; the first one speaks, too.
class Audience {
public:
    Audience(const Listener& server, std::size_t size) : waiting_for_(size, 0) {
        for (std::size_t n = 0; n < size; ++n) {
            descriptors_.push_back(server.connect());
            epoll_event event{.events = EPOLLIN, .data = {.u64 = n}};
            check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptors_.back(), &event), "epoll_ctl");
            send(n, "ECHO\n");  // its response says that it is in the room
            waiting_for_[n] = 1;
            receive_lines();
        }
    }
    ~Audience() {
        std::ranges::for_each(descriptors_, ::close);
        ::close(epoll_);
    }
    Audience(const Audience&) = delete;
    Audience& operator=(const Audience&) = delete;

    /// Says so many things at once, and returns how many deliveries that made, when they are made.
    std::size_t say(std::size_t count) {
        std::string lines;
        for (std::size_t n = 0; n < count; ++n) {
            lines += "SAY " + std::string(56, 'x') + '\n';
        }
        std::ranges::fill(waiting_for_, count);
        waiting_for_[0] += count;  // the responses
        send(0, lines);
        receive_lines();
        return count * descriptors_.size();
    }

private:
    void send(std::size_t n, std::string_view lines) const {
        check(static_cast<int>(::send(descriptors_[n], lines.data(), lines.size(), 0)), "send");
    }

    void receive_lines() {
        std::array<epoll_event, 256> events;
        std::array<char, std::size_t{16} << 10U> buffer;
        std::size_t missing = 0;
        for (const std::size_t lines : waiting_for_) {
            missing += lines;
        }
        while (missing > 0) {
            const int ready = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < ready; ++i) {
                const std::size_t n = events[static_cast<std::size_t>(i)].data.u64;
                const ssize_t size = ::recv(descriptors_[n], buffer.data(), buffer.size(), 0);
                if (size <= 0) {
                    throw std::runtime_error("the server has disconnected");
                }
                const auto lines = static_cast<std::size_t>(
                    std::count(buffer.begin(), buffer.begin() + size, '\n'));
                waiting_for_[n] -= lines;
                missing -= lines;
            }
        }
    }

    int epoll_ = check(::epoll_create1(0), "epoll_create1");
    std::vector<int> descriptors_;
    std::vector<std::size_t> waiting_for_;  // lines
};

std::size_t say_all(Audience& audience, const Workload& workload) {
    std::size_t deliveries = 0;
    for (std::size_t n = 0; n < workload.times; ++n) {
        deliveries += audience.say(workload.together);
    }
    return deliveries;
}

benchmarks::Cost put_load(const Workload& workload, const Listener& listener,
                          const ServerProcess& process) {
    Audience audience(listener, max_clients);
    const benchmarks::Meter meter(process);
    return meter.per_operation(static_cast<double>(say_all(audience, workload)));
}

/// Has a server under a tracer deliver `rounds` times to 100 clients.
double put_traced(const Workload& workload, const Listener& listener, ServerProcess& process,
                  int rounds) {
    Audience audience(listener, max_clients / 10);
    std::size_t deliveries = 0;
    for (int n = 0; n < rounds; ++n) {
        deliveries += say_all(audience, workload);
    }
    process.end(SIGTERM);
    return static_cast<double>(deliveries);
}

benchmarks::Server measure(const Workload& workload, const Peer& peer) {
    return benchmarks::listening_server(peer, std::bind_front(put_load, workload),
                                        std::bind_front(put_traced, workload));
}

}  // namespace

/// The benchmark; or, as `serve NAME LISTENER`, one of its servers, on a descriptor that listens.
int main(int argc, char** argv) {
    return benchmarks::serve_or_compare(argc, argv, rooms(), workloads, measure,
                                        {"bare sendmsg", "asyncio", "threads"});
}
