// What a megabyte costs: CPU time of client and server together, and how many of them pass in a
// second (operations/s: MB/s), while a file of 100 MB is got over loopback. And how long 250 kB
// take over a network that loses: the clock's time, the median of several transfers.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_03_udp_server/socket.hpp"
#include "11_03c_file_transfer/file_transfer.hpp"
#include "11_03c_file_transfer/local_file.hpp"
#include "11_03c_file_transfer/opening.hpp"
#include "common/async/task_group.hpp"
#include "peers/11_03c_file_transfer_programs.hpp"
#include "support/comparison.hpp"
#include "support/datagram_proxy.hpp"
#include "support/datagram_servers.hpp"
#include "support/server_process.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::file_transfer;
using benchmarks::BoundSocket;
using benchmarks::check;
using benchmarks::Cost;
using benchmarks::ServerProcess;

constexpr std::size_t large_size = 100'000'000;
constexpr std::size_t small_size = 250'000;
constexpr double megabytes = large_size / 1e6;

/// A folder with the files, in memory: disks are not what is measured.
class MemoryFolder {
public:
    MemoryFolder() {
        if (::mkdtemp(path_.data()) == nullptr) {
            throw std::runtime_error("no folder in memory");
        }
        std::filesystem::permissions(path_, std::filesystem::perms(0755));  // atftpd is nobody
        std::ofstream(file("large")) << std::string(large_size, 'x');
        std::ofstream(file("small")) << std::string(small_size, 'x');
    }
    ~MemoryFolder() { std::filesystem::remove_all(path_); }
    MemoryFolder(const MemoryFolder&) = delete;
    MemoryFolder& operator=(const MemoryFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + '/' + name; }

private:
    std::string path_ = "/dev/shm/file_transfer_XXXXXX";
};

const MemoryFolder& files() {
    static const MemoryFolder folder;
    return folder;
}

/// get(), but ends with the file: without the time in which it would repeat the last ACK.
asio::awaitable<void> receive(ClientSettings settings, std::string name, std::string path) {
    const std::unique_ptr<Sink> sink = open_sink(path);
    const Request request = make_request(settings, false, std::move(name), 0);
    Opening opening = co_await open_transfer(settings, request);
    const Terms terms = agree(settings, request, opening);
    Buffers buffers;
    Channel channel(std::move(opening.socket), opening.peer, buffers);
    co_await receive_file(
        channel, {.sink = *sink, .max_size = large_size, .opening = encode(Ack{0})}, terms, 0s);
}

/// Runs it to its end. Throws what it throws.
void run_alone(asio::awaitable<void> body) {
    asio::io_context context;
    asio::co_spawn(context, std::move(body), [](const std::exception_ptr& failure) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    });
    context.run();
}

// --- 100 MB over loopback ---

std::string port_of(const BoundSocket& socket) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(socket.address());
    return std::to_string(ntohs(address->sin_port));
}

asio::awaitable<void> serve_on(int descriptor) {
    const RootFolder root(files().path());
    udp::socket socket(co_await this_coro::executor, udp::v4(), descriptor);
    udp_server::report_details(socket);
    co_await serve(std::move(socket), root, {});
}

/// A server in a process of its own.
class FileServer {
public:
    virtual ~FileServer() = default;
    [[nodiscard]] virtual std::string port() const = 0;
    [[nodiscard]] virtual double cpu_seconds() const = 0;
};

class OurServer final : public FileServer {
public:
    [[nodiscard]] std::string port() const override { return port_of(socket_); }
    [[nodiscard]] double cpu_seconds() const override { return process_.cpu_seconds(); }

private:
    BoundSocket socket_;
    ServerProcess process_{[this] { run_alone(serve_on(socket_.descriptor())); }};
};

class Atftpd final : public FileServer {
public:
    [[nodiscard]] std::string port() const override { return port_; }
    [[nodiscard]] double cpu_seconds() const override { return process_.cpu_seconds(); }

private:
    std::string port_ = port_of(BoundSocket());
    ServerProcess process_{[this] { benchmarks::execute(peers::atftpd(files().path(), port_)); }};
};

/// Carries out a request in a process of its own, and ends it.
using Client = std::function<void(const peers::Request&)>;

Client program(benchmarks::Command (*command)(const peers::Request&)) {
    return [=](const peers::Request& request) { benchmarks::execute(command(request)); };
}

void run_ours(const peers::Request& request) {
    ClientSettings settings{.server = {"127.0.0.1"}};
    settings.server.port = static_cast<std::uint16_t>(std::stoi(request.port));
    settings.block_size = std::stoul(request.block_size);
    settings.window = std::stoul(request.window);
    run_alone(receive(settings, request.file, request.copy));
    ::_exit(0);
}

/// The CPU time of a client from its beginning to its end. Throws runtime_error if it fails.
double run_client(const Client& client, const peers::Request& request) {
    const pid_t child = check(::fork(), "fork");
    if (child == 0) {
        client(request);
        ::_exit(1);
    }
    int status = 0;
    rusage usage{};
    check(::wait4(child, &status, 0, &usage), "wait4");
    if (status != 0 || std::filesystem::file_size(request.copy) != large_size) {
        throw std::runtime_error("not installed");
    }
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Cost get_large_file(const FileServer& server, const Client& client, int window) {
    const peers::Request request{.port = server.port(),
                                 .file = "large",
                                 .copy = files().file("copy"),
                                 .block_size = "1428",
                                 .window = std::to_string(window)};
    std::filesystem::remove(request.copy);
    const double server_cpu = server.cpu_seconds();
    const auto begin = std::chrono::steady_clock::now();
    const double client_cpu = run_client(client, request);
    const std::chrono::duration<double> clock = std::chrono::steady_clock::now() - begin;
    return {.cpu = (client_cpu + server.cpu_seconds() - server_cpu) / megabytes,
            .clock = clock.count() / megabytes};
}

template <typename Running>
benchmarks::Server pair(std::string name, Client client, int window) {
    return {.name = std::move(name), .start = [=] {
                const auto server = std::make_shared<Running>();
                return [=] { return get_large_file(*server, client, window); };
            }};
}

void compare_with_programs() {
    for (const int window : {1, 16, 64}) {
        std::vector<benchmarks::Server> pairs = {
            pair<OurServer>("ours", run_ours, window),
            pair<OurServer>("atftp", program(peers::atftp), window),
            pair<Atftpd>("atftp from atftpd", program(peers::atftp), window)};
        if (window == 1) {
            pairs.push_back(pair<OurServer>("curl", program(peers::curl), window));
        }
        benchmarks::compare(fmt::format("window {}", window), pairs, {"atftp"});
    }
}

// --- 250 kB over networks that lose ---

constexpr auto way = 5ms;  // of a datagram, so a round trip is 10 ms

/// Stores the seconds that a transfer takes.
asio::awaitable<void> cross_network(double loss, std::uint64_t window, std::uint64_t seed,
                                    const RootFolder& root, double& seconds) {
    const auto executor = co_await this_coro::executor;
    TaskGroup server(executor);
    udp::socket socket = udp_server::open_socket(executor, {});
    const udp::endpoint endpoint = socket.local_endpoint();
    server.spawn(serve(std::move(socket), root, {.drain_timeout = 10ms}));
    const testing::DatagramProxy network(executor, endpoint,
                                         {.loss = loss, .delay = way, .seed = seed});
    const auto begin = std::chrono::steady_clock::now();
    co_await receive({.server = {"127.0.0.1", network.endpoint().port()}, .window = window},
                     "small", "/dev/null");
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    server.cancel();
    co_await server.join();
}

/// Several transfers side by side: they wait most of the time.
asio::awaitable<void> cross_networks(double loss, std::uint64_t window,
                                     std::vector<double>& seconds) {
    const RootFolder root(files().path());
    TaskGroup transfers(co_await this_coro::executor);
    for (std::size_t seed = 0; seed < seconds.size(); ++seed) {
        transfers.spawn(cross_network(loss, window, seed, root, seconds[seed]));
    }
    co_await transfers.join();
}

void measure_losses() {
    constexpr std::size_t transfers = 9;
    for (const int percent : {1, 2, 5, 10, 20}) {
        for (const unsigned window : {1U, 16U, 64U}) {
            benchmark::RegisterBenchmark(
                fmt::format("{} % loss/window {}", percent, window).c_str(),
                [=](benchmark::State& state) {
                    std::vector<double> seconds(transfers);
                    run_alone(cross_networks(percent / 100.0, window, seconds));
                    std::ranges::nth_element(seconds, seconds.begin() + transfers / 2);
                    for (auto _ : state) {
                        state.SetIterationTime(seconds[transfers / 2]);
                    }
                })
                ->Iterations(1)
                ->UseManualTime()
                ->Unit(benchmark::kMillisecond);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    spdlog::set_level(spdlog::level::off);
    compare_with_programs();
    measure_losses();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
