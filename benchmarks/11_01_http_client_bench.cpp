// What a GET on a kept connection costs a client: CPU time, and user instructions and system calls
// if valgrind and strace are installed. Each client is a process of its own, and so is the server,
// which responds to all of them in the same way. libcurl and python3-requests come from Debian;
// what is not there is left out.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
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

constexpr std::size_t content_size = 1000;
constexpr int operations = 5000;  // in a round

/// What nginx says of a small file.
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

/// Calls `get_many(n)` for each line on stdin, "n", and says when it is done.
template <typename GetMany>
void obey(GetMany get_many) {
    for (int n = 0; std::cin >> n;) {
        get_many(n);
        std::cout << "done" << std::endl;
    }
}

asio::awaitable<void> be_ours(std::string url) {
    http_client::Session session;
    for (int n = 0; std::cin >> n;) {
        while (n-- > 0) {
            const http_client::Response got = co_await session.get(url);
            check(got.content.size());
        }
        std::cout << "done" << std::endl;
    }
}

void be_ours_blocking(const std::string& url) {
    http_client::BlockingSession session;
    obey([&](int n) {
        while (n-- > 0) {
            check(session.get(url).content.size());
        }
    });
}

#ifdef HAVE_CURL
void be_libcurl(const std::string& url) {
    libcurl::Client client(url);
    obey([&](int n) {
        while (n-- > 0) {
            check(client.get().size());
        }
    });
}
#endif

/// What no client can do without: a send and a receive.
void be_raw_sockets(std::uint16_t port) {
    benchmarks::Probe socket(port);
    const std::string_view request =
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: network-cookbook/1\r\nAccept: */*\r\n"
        "Accept-Encoding: gzip, deflate\r\n\r\n";
    const std::size_t size = response().size();
    std::vector<char> buffer(2 * size);
    if (!socket.connects()) {
        throw std::runtime_error("connect");
    }
    obey([&](int n) {
        while (n-- > 0) {
            ::send(socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL);
            const ssize_t received = ::recv(socket.descriptor(), buffer.data(), size, MSG_WAITALL);
            check(static_cast<std::size_t>(received) - size + content_size);
        }
    });
}

/// One of the clients in this program.
void be_client(const std::string& name, std::uint16_t port) {
    const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
    if (name == "ours") {
        run(be_ours(url));
    } else if (name == "ours, blocking") {
        be_ours_blocking(url);
    } else if (name == "raw sockets") {
        be_raw_sockets(port);
    }
#ifdef HAVE_CURL
    if (name == "libcurl") {
        be_libcurl(url);
    }
#endif
}

// --- Measuring -----------------------------------------------------------------------------------

/// A client in a process of its own, which does as many requests as it is asked for.
class ClientProcess {
public:
    explicit ClientProcess(const Command& command)
        : process_([&] {
              ::dup2(orders_.reader(), STDIN_FILENO);
              ::dup2(reports_.writer(), STDOUT_FILENO);
              benchmarks::execute(command);
          }) {
        reports_.close_writer();
    }

    /// Throws runtime_error if the client has ended.
    void run(int requests) {
        orders_.write(std::to_string(requests) + "\n");
        if (!reports_.read_line()) {
            throw std::runtime_error("not installed");
        }
    }
    /// Lets the client end by itself.
    void end() {
        orders_.close_writer();
        while (process_.is_running()) {
            ::usleep(10'000);
        }
    }
    [[nodiscard]] const benchmarks::ServerProcess& process() const { return process_; }

private:
    class Pipe {
    public:
        Pipe() { benchmarks::check(::pipe2(ends_.data(), O_CLOEXEC), "pipe2"); }
        ~Pipe() {
            ::close(ends_[0]);
            close_writer();
        }
        Pipe(const Pipe&) = delete;
        Pipe& operator=(const Pipe&) = delete;

        [[nodiscard]] int reader() const { return ends_[0]; }
        [[nodiscard]] int writer() const { return ends_[1]; }
        void close_writer() {
            if (ends_[1] >= 0) {
                ::close(ends_[1]);
                ends_[1] = -1;
            }
        }
        void write(std::string_view text) const {
            if (::write(writer(), text.data(), text.size()) < 0) {
                throw std::runtime_error("not installed");
            }
        }
        [[nodiscard]] bool read_line() const {
            char c = 0;
            while (::read(reader(), &c, 1) == 1) {
                if (c == '\n') {
                    return true;
                }
            }
            return false;
        }

    private:
        std::array<int, 2> ends_{};
    };

    Pipe orders_;
    Pipe reports_;
    benchmarks::ServerProcess process_;
};

struct Peer {
    std::string name;
    bool in_this_program;
    std::function<Command(std::uint16_t port)> command;
};

Peer in_this_program(const std::string& name) {
    return {name, true, [name](std::uint16_t port) {
                return Command{std::filesystem::read_symlink("/proc/self/exe"), "client", name,
                               std::to_string(port)};
            }};
}

const std::vector<Peer> peers_and_ours = {
#ifdef HAVE_CURL
    in_this_program("libcurl"),
#endif
    {"requests", false,
     [](std::uint16_t port) {
         return Command{"/usr/bin/python3", PEERS "/11_01_http_client_requests.py",
                        "http://127.0.0.1:" + std::to_string(port) + "/",
                        std::to_string(content_size)};
     }},
    in_this_program("raw sockets"),
    in_this_program("ours, blocking"),
    in_this_program("ours"),
};

benchmarks::Round start(const Peer& peer, std::uint16_t port) {
    const auto client = std::make_shared<ClientProcess>(peer.command(port));
    client->run(1);
    return [client] {
        const benchmarks::Meter meter(client->process());
        client->run(operations);
        return meter.per_operation(operations);
    };
}

/// A tenth of a round under a tracer, `rounds` times.
double run_traced(const Peer& peer, std::uint16_t port, Command tracer, int rounds) {
    const Command own = peer.command(port);
    tracer.insert(tracer.end(), own.begin(), own.end());
    const int requests = operations / 10 * rounds;
    ClientProcess client(tracer);
    client.run(requests);
    client.end();
    return requests;
}

}  // namespace

/// The benchmark; or, as `client NAME PORT`, one of its clients.
int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string> arguments(argv, argv + argc);
    if (argc == 4 && arguments[1] == "client") {
        be_client(arguments[2], static_cast<std::uint16_t>(std::stoi(arguments[3])));
        return 0;
    }
    const benchmarks::ListeningServer server(be_server);
    std::vector<benchmarks::Server> clients;
    for (const Peer& peer : peers_and_ours) {
        benchmarks::Server client{.name = peer.name,
                                  .start = [&] { return start(peer, server.port()); }};
        if (peer.in_this_program) {
            client.traced = [&](const Command& tracer, int rounds) {
                return run_traced(peer, server.port(), tracer, rounds);
            };
        }
        clients.push_back(client);
    }
    benchmarks::compare("GET", clients, {"libcurl", "requests", "raw sockets"});
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
