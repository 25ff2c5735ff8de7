// What authentication costs: one MAC of a challenge, beside OpenSSL's one-shot functions; and the
// server's CPU time for a connection that authenticates, sends 64 bytes, takes them back and
// closes, beside one without authentication, and Python's. Each server is a process of its own;
// this one is their client. User instructions and system calls too, if valgrind and strace are
// installed.
#include <benchmark/benchmark.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_09_hmac_auth/challenge.hpp"
#include "11_09_hmac_auth/echo.hpp"
#include "common/cli/run.hpp"
#include "common/net/echo.hpp"
#include "common/net/tcp.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/listening.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::hmac_auth;
using benchmarks::Command;

constexpr std::string_view secret = "peekaboo";

Mac make_mac() {
    return {Key(secret), Digest::sha256};
}

// --- One MAC -------------------------------------------------------------------------------------

const unsigned char* to_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void mac_by_hmac(benchmark::State& state) {
    Nonce challenge = make_nonce();
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    for (auto _ : state) {
        unsigned size = 0;
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             to_bytes({challenge.data(), challenge.size()}), challenge.size(), mac.data(), &size);
        benchmark::DoNotOptimize(mac);
        ++challenge[0];
    }
}

void mac_by_evp_q_mac(benchmark::State& state) {
    Nonce challenge = make_nonce();
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    for (auto _ : state) {
        std::size_t size = 0;
        EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA2-256", nullptr, secret.data(), secret.size(),
                  to_bytes({challenge.data(), challenge.size()}), challenge.size(), mac.data(),
                  mac.size(), &size);
        benchmark::DoNotOptimize(mac);
        ++challenge[0];
    }
}

void mac_by_ours(benchmark::State& state) {
    Mac mac = make_mac();
    Nonce challenge = make_nonce();
    for (auto _ : state) {
        benchmark::DoNotOptimize(respond(mac, challenge));
        ++challenge[0];
    }
}

void make_challenge(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(make_nonce());
    }
}

// --- Connections ---------------------------------------------------------------------------------

enum class Form { none, plain, mutual };

asio::awaitable<void> handle_echo(tcp::socket socket) {
    SocketStream stream(std::move(socket));
    co_await echo(stream, 60s);
}

asio::awaitable<void> serve_form(std::uint16_t port, Form form) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {"127.0.0.1", port});
    if (form == Form::none) {
        co_await serve(std::move(acceptor), Limits{}, handle_echo);
    } else {
        co_await serve_echo(std::move(acceptor), make_mac(), {.mutual = form == Form::mutual},
                            Limits{});
    }
}

/// A server to measure.
struct Peer {
    std::string name;
    Form form;
    std::function<Command(std::uint16_t port)> command;
};

Peer in_this_program(const std::string& name, Form form) {
    return {name, form, [name](std::uint16_t port) {
                return Command{std::filesystem::read_symlink("/proc/self/exe"), "serve", name,
                               std::to_string(port)};
            }};
}

const std::vector<Peer> peers_and_ours = {
    in_this_program("plain echo", Form::none),
    {"Python", Form::plain,
     [](std::uint16_t port) {
         return Command{"python3", PEERS "/11_09_hmac_auth_python.py", std::to_string(port)};
     }},
    in_this_program("ours", Form::plain),
    in_this_program("ours, mutual", Form::mutual),
};

/// One connection that blocks: authenticates, sends 64 bytes, takes them back.
class Client {
public:
    explicit Client(std::uint16_t port) : port_(port) {}

    void connect_and_ask(Form form) {
        const Connection connection(port_);
        if (form != Form::none) {
            authenticate(connection, form);
        }
        static const std::string message(64, 'e');
        connection.write(message);
        if (connection.read<64>() != std::string_view(message)) {
            throw std::runtime_error("the server does not echo");
        }
    }

private:
    class Connection {
    public:
        explicit Connection(std::uint16_t port) : socket_(port) {
            const int on = 1;
            if (!socket_.connects()) {
                throw std::runtime_error("connect");
            }
            ::setsockopt(socket_.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
        void write(std::string_view text) const {
            benchmarks::check(
                static_cast<int>(::send(socket_.descriptor(), text.data(), text.size(), 0)),
                "send");
        }
        template <std::size_t Size>
        [[nodiscard]] std::string read() const {
            std::string text(Size, '\0');
            if (::recv(socket_.descriptor(), text.data(), Size, MSG_WAITALL) !=
                static_cast<ssize_t>(Size)) {
                throw std::runtime_error("the server has disconnected");
            }
            return text;
        }

    private:
        benchmarks::Probe socket_;
    };

    void authenticate(const Connection& connection, Form form) {
        Nonce theirs{};
        std::ranges::copy(connection.read<32>(), theirs.begin());
        if (form == Form::plain) {
            const Mac::Value response = respond(mac_, theirs);
            connection.write({response.data(), response.size()});
            return;
        }
        const Nonce ours = make_nonce();
        const Mac::Value proof = prove(mac_, Role::client, theirs, ours);
        std::string message(ours.begin(), ours.end());
        message.append(proof.data(), proof.size());
        connection.write(message);
        const Mac::Value expected = prove(mac_, Role::server, theirs, ours);
        if (connection.read<32>() != std::string_view(expected.data(), expected.size())) {
            throw std::runtime_error("the server does not know the key");
        }
    }

    std::uint16_t port_;
    Mac mac_ = make_mac();
};

// --- Measuring -----------------------------------------------------------------------------------

/// The peer, behind the tracer's command, in a process of its own; and its client.
struct Running {
    benchmarks::ListeningServer server;
    Client client;
    Form form;

    Running(const Peer& peer, const Command& tracer)
        : server([&](std::uint16_t port) {
              Command command = tracer;
              const Command own = peer.command(port);
              command.insert(command.end(), own.begin(), own.end());
              benchmarks::execute(command);
          }),
          client(server.port()),
          form(peer.form) {}

    void connect(int times) {
        while (times-- > 0) {
            client.connect_and_ask(form);
        }
    }
};

benchmarks::Round start(const Peer& peer) {
    const auto running = std::make_shared<Running>(peer, Command{});
    return [running] {
        constexpr int connections = 2000;
        const benchmarks::Meter meter(running->server.process());
        running->connect(connections);
        return meter.per_operation(connections);
    };
}

double run_traced(const Peer& peer, const Command& tracer, int rounds) {
    Running running(peer, tracer);
    const int connections = 100 * rounds;
    running.connect(connections);
    running.server.end(SIGTERM);
    return connections;
}

benchmarks::Server server(const Peer& peer) {
    benchmarks::Server result{.name = peer.name, .start = [&] { return start(peer); }};
    if (peer.name != "Python") {
        result.traced = [&](const Command& tracer, int rounds) {
            return run_traced(peer, tracer, rounds);
        };
    }
    return result;
}

}  // namespace

/// The benchmark; or, as `serve NAME PORT`, one of its servers.
int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && std::string(argv[1]) == "serve") {
        const auto peer = std::ranges::find(peers_and_ours, argv[2], &Peer::name);
        run(serve_form(static_cast<std::uint16_t>(std::stoi(argv[3])), peer->form));
        return 0;
    }
    const std::pair<const char*, void (*)(benchmark::State&)> macs[] = {
        {"MAC of a challenge/HMAC()", mac_by_hmac},
        {"MAC of a challenge/EVP_Q_mac()", mac_by_evp_q_mac},
        {"MAC of a challenge/ours", mac_by_ours},
        {"a challenge/ours", make_challenge},
    };
    for (const auto& [name, function] : macs) {
        benchmark::RegisterBenchmark(name, function);
    }
    std::vector<benchmarks::Server> servers;
    for (const Peer& peer : peers_and_ours) {
        servers.push_back(server(peer));
    }
    benchmarks::compare("connection with 64 bytes", servers, {"plain echo"});
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
