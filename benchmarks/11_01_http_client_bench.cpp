// What a GET on a kept connection costs a client: CPU time and, if valgrind and strace are
// installed, user instructions and system calls. Each client is a process of its own, and so is the
// server, which responds to all of them in the same way. libcurl and python3-requests are Debian's;
// what is not installed is left out.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "11_01_http_client/http_client.hpp"
#include "common/async/asio.hpp"
#include "common/cli/run.hpp"
#include "support/clients.hpp"
#include "support/comparison.hpp"
#include "support/http_origin.hpp"
#include "support/listening.hpp"
#ifdef HAVE_CURL
#include "peers/11_01_http_client_libcurl.hpp"
#endif

namespace {

using namespace cookbook;
using benchmarks::Client;
using benchmarks::content_size;
using benchmarks::in_this_program;
using benchmarks::Stopwatch;

constexpr int operations = 5000;  // in a round

// --- The clients ---------------------------------------------------------------------------------

void check(std::size_t size) {
    if (size != content_size) {
        throw std::runtime_error("a response is not complete");
    }
}

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
    std::vector<char> buffer(benchmarks::origin_response().size());
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

const std::vector<Client> clients = {
#ifdef HAVE_CURL
    in_this_program("libcurl"),
#endif
    benchmarks::python_client("requests", "11_01_http_client_requests.py", content_size),
    in_this_program("raw sockets"),
    in_this_program("ours, blocking"),
    in_this_program("ours"),
};

}  // namespace

/// The benchmark; or, as `client NAME PORT COUNT`, one of its clients.
int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    if (benchmarks::be_client_if_asked(argc, argv, be_client)) {
        return 0;
    }
    const benchmarks::ListeningServer server(benchmarks::be_http_origin);
    benchmarks::compare("GET", benchmarks::measured(clients, server.port(), operations),
                        {"libcurl", "requests", "raw sockets"});
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
