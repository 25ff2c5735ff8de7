// What a GET on a kept connection costs a client: CPU time and, if valgrind and strace are
// installed, user instructions and system calls. Each client is a process of its own, and so is the
// server, which responds to all of them in the same way. libcurl and python3-requests are Debian's;
// what is not installed is left out.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "11_01_http_client/http_client.hpp"
#include "common/async/asio.hpp"
#include "common/cli/run.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/listening.hpp"
#ifdef HAVE_CURL
#include "peers/11_01_http_client_libcurl.hpp"
#endif

namespace {

using namespace cookbook;
using benchmarks::Command;
using benchmarks::Cost;

constexpr std::size_t content_size = 1000;
constexpr int operations = 5000;  // in a round

/// What nginx sends of a small file.
std::string response() {
    return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\n"
           "Content-Type: text/html\r\nContent-Length: " +
           std::to_string(content_size) +
           "\r\nLast-Modified: Thu, 26 Nov 2026 12:00:00 GMT\r\nConnection: keep-alive\r\n"
           "ETag: \"65646b80-3e8\"\r\nAccept-Ranges: bytes\r\n\r\n" +
           std::string(content_size, 'x');
}

// --- The server ----------------------------------------------------------------------------------

void respond(tcp::socket socket) {
    const std::string all = response();
    std::array<char, 4096> request{};
    error_code error;
    while (socket.read_some(asio::buffer(request), error) > 0) {  // a request comes in one piece
        asio::write(socket, asio::buffer(all), error);
    }
}

/// A thread per connection, and no more than must be: what is measured is the client.
void be_server(std::uint16_t port) {
    asio::io_context context;
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
    for (;;) {
        std::thread(respond, acceptor.accept()).detach();
    }
}

// --- The clients ---------------------------------------------------------------------------------

void check(std::size_t size) {
    if (size != content_size) {
        throw std::runtime_error("a response is not complete");
    }
}

/// What this process has used since the connection was opened: seconds of CPU and of the clock.
class Stopwatch {
public:
    void report() const {
        const std::chrono::duration<double> clock = std::chrono::steady_clock::now() - begin_;
        fmt::print("{} {}\n", benchmarks::cpu_seconds(::getpid()) - cpu_, clock.count());
    }

private:
    double cpu_ = benchmarks::cpu_seconds(::getpid());
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// `get()` opens the connection, then uses it `count` times.
template <typename Get>
void measure(int count, Get get) {
    get();
    const Stopwatch stopwatch;
    while (count-- > 0) {
        get();
    }
    stopwatch.report();
}

asio::awaitable<void> be_ours(std::string url, int count) {
    http_client::Session session;
    co_await session.get(url);
    const Stopwatch stopwatch;
    while (count-- > 0) {
        const http_client::Response response = co_await session.get(url);
        check(response.content.size());
    }
    stopwatch.report();
}

void be_ours_blocking(const std::string& url, int count) {
    http_client::BlockingSession session;
    measure(count, [&] { check(session.get(url).content.size()); });
}

#ifdef HAVE_CURL
void be_libcurl(const std::string& url, int count) {
    libcurl::Client client(url);
    measure(count, [&] { check(client.get().size()); });
}
#endif

/// What no client can do without: a send and a receive.
void be_raw_sockets(std::uint16_t port, int count) {
    benchmarks::Probe socket(port);
    const std::string_view request =
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: network-cookbook/1\r\nAccept: */*\r\n"
        "Accept-Encoding: gzip, deflate\r\n\r\n";
    std::vector<char> buffer(response().size());
    if (!socket.connects()) {
        throw std::runtime_error("connect");
    }
    measure(count, [&] {
        ::send(socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL);
        const ssize_t size = ::recv(socket.descriptor(), buffer.data(), buffer.size(), MSG_WAITALL);
        check(static_cast<std::size_t>(size) - buffer.size() + content_size);
    });
}

/// One of the clients in this program.
void be_client(const std::string& name, std::uint16_t port, int count) {
    const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
    if (name == "ours") {
        run(be_ours(url, count));
    } else if (name == "ours, blocking") {
        be_ours_blocking(url, count);
    } else if (name == "raw sockets") {
        be_raw_sockets(port, count);
    }
#ifdef HAVE_CURL
    if (name == "libcurl") {
        be_libcurl(url, count);
    }
#endif
}

// --- Measuring -----------------------------------------------------------------------------------

struct Client {
    std::string name;
    bool is_in_this_program;
    std::function<Command(std::uint16_t port, int count)> command;
};

Client in_this_program(const std::string& name) {
    return {name, true, [name](std::uint16_t port, int count) {
                return Command{std::filesystem::read_symlink("/proc/self/exe"), "client", name,
                               std::to_string(port), std::to_string(count)};
            }};
}

const std::vector<Client> clients = {
#ifdef HAVE_CURL
    in_this_program("libcurl"),
#endif
    {"requests", false,
     [](std::uint16_t port, int count) {
         return Command{"/usr/bin/python3", PEERS "/11_01_http_client_requests.py",
                        "http://127.0.0.1:" + std::to_string(port) + "/",
                        std::to_string(content_size), std::to_string(count)};
     }},
    in_this_program("raw sockets"),
    in_this_program("ours, blocking"),
    in_this_program("ours"),
};

/// Runs a client to its end, and returns what it reports. Throws runtime_error if it cannot run.
Cost run_to_end(const Command& command) {
    const std::string line = fmt::format("'{}' 2>/dev/null", fmt::join(command, "' '"));
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> report(::popen(line.c_str(), "r"),
                                                                 ::pclose);
    Cost cost{};
    if (!report || std::fscanf(report.get(), "%lf %lf", &cost.cpu, &cost.clock) != 2) {
        throw std::runtime_error("not installed");
    }
    return cost;
}

benchmarks::Round start(const Client& client, std::uint16_t port) {
    return [command = client.command(port, operations)] {
        const Cost cost = run_to_end(command);
        return Cost{.cpu = cost.cpu / operations, .clock = cost.clock / operations};
    };
}

/// A tenth of a round, `rounds` times.
double run_traced(const Client& client, std::uint16_t port, Command tracer, int rounds) try {
    const int count = operations / 10 * rounds;
    const Command own = client.command(port, count);
    tracer.insert(tracer.end(), own.begin(), own.end());
    run_to_end(tracer);
    return count;
} catch (const std::runtime_error&) {
    return 0;  // there is no such tracer, and no report
}

/// The clients, which compare() takes for servers: here they are what is measured.
std::vector<benchmarks::Server> measured(std::uint16_t port) {
    std::vector<benchmarks::Server> all;
    for (const Client& client : clients) {
        benchmarks::Server one{.name = client.name,
                               .start = [&client, port] { return start(client, port); }};
        if (client.is_in_this_program) {
            one.traced = [&client, port](const Command& tracer, int rounds) {
                return run_traced(client, port, tracer, rounds);
            };
        }
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace

/// The benchmark; or, as `client NAME PORT COUNT`, one of its clients.
int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string> arguments(argv, argv + argc);
    if (argc == 5 && arguments[1] == "client") {
        be_client(arguments[2], static_cast<std::uint16_t>(std::stoi(arguments[3])),
                  std::stoi(arguments[4]));
        return 0;
    }
    const benchmarks::ListeningServer server(be_server);
    benchmarks::compare("GET", measured(server.port()), {"libcurl", "requests", "raw sockets"});
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
