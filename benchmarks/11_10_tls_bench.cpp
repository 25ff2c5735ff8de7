// What TLS costs a server: CPU time, and user instructions and system calls if valgrind and strace
// are installed, for a connection with one request, new or resumed, for 100 MB, and for an echo.
// Each server is a process of its own; this one is their client. nginx and python3 come from
// Debian; what is not there is left out.
#include <benchmark/benchmark.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "11_10_tls/authority.hpp"
#include "11_10_tls/tls.hpp"
#include "common/async/deadline.hpp"
#include "common/cli/run.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/serve.hpp"
#include "common/net/tcp.hpp"
#include "peers/11_10_tls_asio.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/listening.hpp"

namespace {

using namespace cookbook;
using benchmarks::Command;

constexpr std::size_t bulk_size = 100'000'000;

std::string bulk() {
    return std::string(bulk_size, 'x');
}

// --- Servers -------------------------------------------------------------------------------------

/// As Stream sees it, our server: a request that begins with GET is responded to, once; whatever
/// else comes is sent back. All servers here do so; nginx cannot echo.
asio::awaitable<void> respond(Stream& stream, const std::string& bulk) {
    Deadline deadline(stream);
    constexpr std::size_t room = std::size_t{64} << 10U;
    const auto buffer = std::make_unique_for_overwrite<char[]>(room);
    for (;;) {
        deadline.expires_after(60s);
        const auto [read_error, n] = co_await stream.read_some(asio::buffer(buffer.get(), room));
        if (read_error) {
            co_return;
        }
        const std::string_view request(buffer.get(), n);
        const bool is_request = request.starts_with("GET");
        const std::string_view response = !is_request ? request
                                          : request.starts_with("GET /bulk")
                                              ? std::string_view(bulk)
                                              : "response";
        co_await write_all(stream, asio::buffer(response));
        if (is_request) {
            deadline.clear();
            co_await lingering_close(stream);
            co_return;
        }
    }
}

asio::awaitable<void> serve_ours(std::uint16_t port, std::string folder) {
    const tls::ServerCredentials credentials(
        {.cert = folder + "/cert.pem", .key = folder + "/key.pem"});
    const std::string large = bulk();
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {"127.0.0.1", port});
    co_await serve(std::move(acceptor), Limits{}, tls::over_tls(credentials, [&](Stream& stream) {
                       return respond(stream, large);
                   }));
}

/// Certificate, key and 100 MB in files, and nginx's configuration.
class Folder {
public:
    Folder() {
        const tls::IssuedCertificate certificate = tls::Authority().issue();
        std::ofstream(folder_.file("cert.pem")) << certificate.chain;
        std::ofstream(folder_.file("key.pem")) << certificate.key;
        std::ofstream(folder_.file("bulk")) << bulk();
    }

    [[nodiscard]] std::string path() const { return folder_.path(); }
    [[nodiscard]] std::string nginx_configuration(std::uint16_t port) const {
        std::stringstream text;
        text << std::ifstream(PEERS "/11_10_tls_nginx.conf").rdbuf();
        std::string configuration = text.str();
        configuration.replace(configuration.find("PORT"), 4, std::to_string(port));
        for (std::size_t at = 0; (at = configuration.find("FOLDER")) != std::string::npos;) {
            configuration.replace(at, 6, path());
        }
        std::ofstream(folder_.file("nginx.conf")) << configuration;
        return folder_.file("nginx.conf");
    }

private:
    TemporaryFolder folder_;
};

/// A server to measure. All respond to requests; nginx cannot echo.
struct Peer {
    std::string name;
    bool echoes;
    bool in_this_program;
    /// The command that serves on a port.
    std::function<Command(const Folder&, std::uint16_t port)> command;
};

/// One of the servers in this program.
Peer in_this_program(const std::string& name) {
    return {name, true, true, [name](const Folder& folder, std::uint16_t port) {
                return Command{std::filesystem::read_symlink("/proc/self/exe"), "serve", name,
                               std::to_string(port), folder.path()};
            }};
}

/// The baselines come first.
const std::vector<Peer> peers_and_ours = {
    {"nginx", false, false,
     [](const Folder& folder, std::uint16_t port) {
         return Command{"/usr/sbin/nginx", "-c", folder.nginx_configuration(port)};
     }},
    in_this_program("asio::ssl::stream"),
    {"Python", true, false,
     [](const Folder& folder, std::uint16_t port) {
         return Command{"python3", PEERS "/11_10_tls_python.py", std::to_string(port),
                        folder.path()};
     }},
    in_this_program("ours"),
};

/// The peer's command behind the tracer's.
std::function<void(std::uint16_t)> run_under(const Command& tracer, const Peer& peer,
                                             const Folder& folder) {
    return [&](std::uint16_t port) {
        Command command = tracer;
        const Command own = peer.command(folder, port);
        command.insert(command.end(), own.begin(), own.end());
        benchmarks::execute(command);
    };
}

// --- The client ----------------------------------------------------------------------------------

/// Connections that block, one after another, without a look at the certificate: what is measured
/// is the server.
class Client {
public:
    explicit Client(std::uint16_t port) : port_(port) {
        SSL_CTX_set_ciphersuites(context_.get(), "TLS_AES_128_GCM_SHA256");
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
    }

    /// One connection with one request: returns how many bytes came.
    std::size_t request(std::string_view target, bool resume) {
        Connection connection(*this);
        if (resume && session_) {
            SSL_set_session(connection.ssl(), session_.get());
        }
        connection.write("GET " + std::string(target) + " HTTP/1.0\r\n\r\n");
        std::size_t size = 0;
        static std::vector<char> buffer(std::size_t{256} << 10U);
        while (const std::size_t n = connection.read(buffer)) {
            size += n;
        }
        if (resume && session_ && SSL_session_reused(connection.ssl()) == 0) {
            throw std::runtime_error("the session was not resumed");
        }
        session_.reset(SSL_get1_session(connection.ssl()));
        return size;
    }

    /// One connection with so many messages, one after another.
    void echo(std::size_t messages, std::size_t size) {
        Connection connection(*this);
        const std::string message(size, 'e');
        std::vector<char> buffer(size);
        while (messages-- > 0) {
            connection.write(message);
            for (std::size_t missing = size; missing > 0;) {
                const std::size_t n = connection.read(buffer);
                if (n == 0) {
                    throw std::runtime_error("the server has disconnected");
                }
                missing -= n;
            }
        }
    }

private:
    class Connection {
    public:
        explicit Connection(const Client& client)
            : socket_(client.port_), ssl_(SSL_new(client.context_.get())) {
            const int on = 1;
            if (!socket_.connects()) {
                throw std::runtime_error("connect");
            }
            ::setsockopt(socket_.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            SSL_set_fd(ssl_.get(), socket_.descriptor());
            SSL_set_connect_state(ssl_.get());
        }
        ~Connection() { SSL_shutdown(ssl_.get()); }
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;

        [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
        void write(std::string_view text) {
            std::size_t n = 0;
            if (SSL_write_ex(ssl(), text.data(), text.size(), &n) != 1) {
                throw std::runtime_error("SSL_write_ex");
            }
        }
        /// Zero at the end.
        std::size_t read(std::vector<char>& buffer) {
            std::size_t n = 0;
            SSL_read_ex(ssl(), buffer.data(), buffer.size(), &n);
            return n;
        }

    private:
        benchmarks::Probe socket_;
        tls::Owned<SSL> ssl_;
    };

    std::uint16_t port_;
    tls::Owned<SSL_CTX> context_{SSL_CTX_new(TLS_client_method())};
    tls::Owned<SSL_SESSION> session_;
};

// --- Measuring -----------------------------------------------------------------------------------

struct Workload {
    std::string name;
    bool is_echo;
    int operations;  // in a round
    std::function<void(Client&, int operations)> run;
};

const std::vector<Workload> workloads = {
    {"full handshake", false, 400,
     [](Client& client, int operations) {
         while (operations-- > 0) {
             client.request("/", false);
         }
     }},
    {"resumed handshake", false, 500,
     [](Client& client, int operations) {
         while (operations-- > 0) {
             client.request("/", true);
         }
     }},
    {"100 MB", false, 2,
     [](Client& client, int operations) {
         while (operations-- > 0) {
             if (client.request("/bulk", false) < bulk_size) {
                 throw std::runtime_error("100 MB are not complete");
             }
         }
     }},
    {"echo of 64 bytes", true, 10'000,
     [](Client& client, int operations) { client.echo(static_cast<std::size_t>(operations), 64); }},
    {"echo of 64 KiB", true, 1000,
     [](Client& client, int operations) {
         client.echo(static_cast<std::size_t>(operations), std::size_t{64} << 10U);
     }},
};

/// The peer in a process of its own, and its client.
struct Running {
    benchmarks::ListeningServer server;
    Client client;

    explicit Running(const std::function<void(std::uint16_t)>& serve)
        : server(serve), client(server.port()) {}
};

benchmarks::Round start(const Workload& workload, const Peer& peer, const Folder& folder) {
    const auto running = std::make_shared<Running>(run_under({}, peer, folder));
    return [&workload, running] {
        const benchmarks::Meter meter(running->server.process());
        workload.run(running->client, workload.operations);
        return meter.per_operation(workload.operations);
    };
}

/// Puts a tenth of the workload on the server under a tracer, `rounds` times.
double run_traced(const Workload& workload, const Peer& peer, const Folder& folder,
                  const Command& tracer, int rounds) {
    Running running(run_under(tracer, peer, folder));
    const int operations = workload.operations / 10 * rounds;
    workload.run(running.client, operations);
    running.server.end(SIGTERM);
    return operations;
}

benchmarks::Server server(const Workload& workload, const Peer& peer, const Folder& folder) {
    benchmarks::Server result{.name = peer.name,
                              .start = [&] { return start(workload, peer, folder); }};
    if (peer.in_this_program && workload.operations > 100) {  // 100 MB take a tracer minutes
        result.traced = [&](const Command& tracer, int rounds) {
            return run_traced(workload, peer, folder, tracer, rounds);
        };
    }
    return result;
}

}  // namespace

/// The benchmark; or, as `serve NAME PORT FOLDER`, one of its servers.
int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string> arguments(argv, argv + argc);
    if (argc == 5 && arguments[1] == "serve") {
        const auto port = static_cast<std::uint16_t>(std::stoi(arguments[3]));
        if (arguments[2] == "ours") {
            run(serve_ours(port, arguments[4]));
        } else {
            peers::serve_asio(port, arguments[4], bulk());
        }
        return 0;
    }
    const Folder folder;
    for (const Workload& workload : workloads) {
        std::vector<benchmarks::Server> servers;
        for (const Peer& peer : peers_and_ours) {
            if (!workload.is_echo || peer.echoes) {
                servers.push_back(server(workload, peer, folder));
            }
        }
        benchmarks::compare(workload.name, servers, {"nginx", "asio::ssl::stream", "Python"});
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
