// What an echo of 64 bytes costs a server, over 64 connections: one message at a time, and sixteen
// together. CPU time of the server per message; its user instructions and system calls, if valgrind
// and strace are installed. Each server is a process of its own, this one is their client. And what
// a message to 1,000 people costs a room.
#include <benchmark/benchmark.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "11_14_websocket/room.hpp"
#include "11_14_websocket/websocket.hpp"
#include "common/cli/run.hpp"
#include "peers/11_14_websocket_beast.hpp"
#include "peers/11_14_websocket_epoll.hpp"
#include "support/comparison.hpp"
#include "support/echo_load.hpp"
#include "support/server_process.hpp"
#include "support/servers.hpp"

namespace {

using namespace cookbook;
using benchmarks::check;
using benchmarks::Listener;
using benchmarks::Peer;
using benchmarks::ServerProcess;

constexpr int connections = 64;
constexpr std::size_t payload = 64;
constexpr std::size_t echo_size = 2 + payload;

asio::awaitable<void> serve_ours(int listener) {
    tcp::acceptor acceptor(co_await this_coro::executor, tcp::v4(), listener);
    co_await websocket::serve(std::move(acceptor), {});
}

std::vector<Peer> peers_and_ours() {
    return {{"bare epoll", peers::serve_epoll_frames},
            {"Beast", peers::serve_beast},
            {"Python websockets", benchmarks::python("11_14_websocket_python.py")},
            {"ours", [](int listener) { run(serve_ours(listener)); }}};
}

/// A frame as a client sends it.
std::string frame() {
    const std::string text(payload, 'x');
    std::string frame;
    websocket::append_frame(
        frame, {.opcode = websocket::Opcode::text, .mask = websocket::Mask{1, 2, 3, 4}}, text);
    return frame;
}

/// Connections after their handshake, with `depth` messages under way on each.
class FrameLoad {
public:
    FrameLoad(const Listener& server, std::size_t depth) : depth_(depth) {
        for (std::size_t i = 0; i < depth; ++i) {
            batch_ += frame();
        }
        for (int i = 0; i < connections; ++i) {
            open(server.connect());
        }
    }
    ~FrameLoad() {
        for (const auto& [descriptor, missing] : missing_) {
            ::close(descriptor);
        }
        ::close(epoll_);
    }
    FrameLoad(const FrameLoad&) = delete;
    FrameLoad& operator=(const FrameLoad&) = delete;

    /// Exchanges about so many messages; returns how many.
    double exchange(std::size_t messages) {
        std::size_t batches = messages / depth_;
        const std::size_t exchanged = batches * depth_;
        std::size_t open = 0;
        for (auto& [descriptor, missing] : missing_) {
            if (batches > 0) {
                send(descriptor);
                --batches;
                ++open;
            }
        }
        std::array<epoll_event, 256> events;
        while (open > 0) {
            const int ready = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < ready; ++i) {
                const int descriptor = events.at(static_cast<std::size_t>(i)).data.fd;
                if (!received_all(descriptor)) {
                    continue;
                }
                --open;
                if (batches > 0) {
                    send(descriptor);
                    --batches;
                    ++open;
                }
            }
        }
        return static_cast<double>(exchanged);
    }

private:
    void open(int descriptor) {
        const std::string request =
            "GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        const timeval limit{.tv_sec = 10, .tv_usec = 0};  // for a server that has not started
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        check(static_cast<int>(::send(descriptor, request.data(), request.size(), 0)), "send");
        std::string response;
        for (char byte = 0; !response.ends_with("\r\n\r\n"); response += byte) {
            if (::recv(descriptor, &byte, 1, 0) != 1) {
                throw std::runtime_error("not installed");
            }
        }
        epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
        check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
        missing_[descriptor] = 0;
    }

    void send(int descriptor) {
        check(static_cast<int>(::send(descriptor, batch_.data(), batch_.size(), 0)), "send");
        missing_[descriptor] = depth_ * echo_size;
    }

    bool received_all(int descriptor) {
        std::array<char, 4096> buffer;
        const auto n =
            check(static_cast<int>(::recv(descriptor, buffer.data(), buffer.size(), 0)), "recv");
        if (n == 0) {
            throw std::runtime_error("the server has disconnected");
        }
        return (missing_[descriptor] -= static_cast<std::size_t>(n)) == 0;
    }

    std::size_t depth_;
    std::string batch_;
    int epoll_ = check(::epoll_create1(0), "epoll_create1");
    std::map<int, std::size_t> missing_;  // bytes of the echoes, by descriptor
};

/// A server with its connections.
struct Running {
    Listener listener;
    ServerProcess process;
    FrameLoad load;

    Running(const Peer& peer, std::size_t depth)
        : process([&] { peer.serve(listener.descriptor()); }), load(listener, depth) {}
};

double run_traced(const Peer& peer, std::size_t depth, const benchmarks::Command& tracer,
                  int rounds) {
    const Listener listener;
    ServerProcess process = benchmarks::start_traced(tracer, peer, listener.descriptor());
    double messages = 0;
    {
        FrameLoad load(listener, depth);
        messages = load.exchange(4096 * static_cast<std::size_t>(rounds));
    }
    process.end(SIGTERM);
    return messages;
}

benchmarks::Server server(const Peer& peer, std::size_t depth) {
    const std::size_t messages = depth == 1 ? 20'000 : 64'000;
    benchmarks::Server result{.name = peer.name, .start = [=]() -> benchmarks::Round {
                                  const auto running = std::make_shared<Running>(peer, depth);
                                  return [=] {
                                      const benchmarks::Meter meter(running->process);
                                      return meter.per_operation(running->load.exchange(messages));
                                  };
                              }};
    if (peer.name == "Beast" || peer.name == "ours") {
        result.traced = [=](const benchmarks::Command& tracer, int rounds) {
            return run_traced(peer, depth, tracer, rounds);
        };
    }
    return result;
}

/// Somebody whose network takes all at once.
struct Listening final : websocket::Member {
    using Member::Member;
    void deliver(websocket::Broadcast& event) override {
        static_cast<void>(queue.push(event.frames({})));
    }
    void flush() override {
        for (const asio::const_buffer& buffer : queue.gather()) {
            queue.consume(buffer.size());
        }
    }
    [[nodiscard]] bool is_leaving() const override { return false; }

    websocket::SendQueue queue{std::size_t{256} << 10U};
};

void say_to_1000(benchmark::State& state) {
    websocket::Room room("lobby");
    std::vector<std::unique_ptr<Listening>> people;
    for (int i = 0; i < 1000; ++i) {
        people.push_back(std::make_unique<Listening>(std::to_string(i)));
        static_cast<void>(room.join(*people.back()));
    }
    for (auto _ : state) {
        room.say(*people.front(), "hello, all of you");
    }
}
BENCHMARK(say_to_1000)->Name("a message to 1,000 people, without the network/ours");

}  // namespace

/// The benchmark; or, as `serve NAME LISTENER`, one of its servers, on a descriptor that listens.
int main(int argc, char** argv) {
    const std::vector<Peer> peers = peers_and_ours();
    if (benchmarks::serve_if_asked(argc, argv, peers)) {
        return 0;
    }
    for (const std::size_t depth : {1U, 16U}) {
        std::vector<benchmarks::Server> servers;
        for (const Peer& peer : peers) {
            servers.push_back(server(peer, depth));
        }
        benchmarks::compare(depth == 1 ? "one at a time" : "16 pipelined", servers,
                            {"bare epoll", "Beast"});
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
