// What a call of add(2, 3) costs the server: one at a time, beside the original on CPython and
// gRPC's unary call; and sixteen in flight over one connection, beside a bare ROUTER that makes the
// same calls, our own ROUTER, and gRPC. Each server is a process of its own; this one is their
// client. User instructions and system calls too, if valgrind and strace are installed.
#include <benchmark/benchmark.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_07_messaging/messaging.hpp"
#include "11_07_messaging/wire/protocol.hpp"
#include "11_08_rpc/forms/json_rpc.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "11_08_rpc/functions.hpp"
#include "11_08_rpc/session/session.hpp"
#include "11_08_rpc/zmq/router.hpp"
#include "common/cli/run.hpp"
#include "peers/11_08_rpc_zmq.hpp"
#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/listening.hpp"
#ifdef HAVE_GRPC
#include "peers/11_08_rpc_grpc.hpp"
#endif

namespace {

using namespace cookbook;
using namespace cookbook::rpc;
using benchmarks::Command;

constexpr int many = 16;

const SharedKey key = std::make_shared<Key>("peekaboo");
const rpc::Call two_and_three{"add", {2, 3}, {}};
const std::string pickled_twice = wrap_call(two_and_three, Form::pickle);
const std::string json =
    format_request({.id = Value(1), .call = two_and_three, .timeout = {}, .error = {}});

// --- Servers -------------------------------------------------------------------------------------

asio::awaitable<void> serve_connections(std::uint16_t port) {
    messaging::Listener listener(co_await this_coro::executor, HostPort{.port = port}, key);
    co_await listener.serve({}, [functions = example_functions()](Connection connection) {
        return serve_calls(std::move(connection), functions, {});
    });
}

asio::awaitable<void> serve_router(std::uint16_t port) {
    Router router(co_await this_coro::executor, HostPort{.port = port}, {});
    co_await router.serve({}, example_functions());
}

std::string reply_to_json(std::string_view message) {
    static const auto functions = example_functions();
    const Requests requests = parse_requests(message);
    const Request& request = requests.requests.front();
    return format_result(*request.id, std::get<Value>(functions->call(request.call)));
}

void serve(const std::string& name, std::uint16_t port) {
    spdlog::set_level(spdlog::level::off);
    if (name == "ours") {
        run(serve_connections(port));
    } else if (name == "ours, --zmq") {
        run(serve_router(port));
    } else if (name == "bare ROUTER") {
        peers::serve_zmq(port, reply_to_json);
#ifdef HAVE_GRPC
    } else if (name == "gRPC") {
        peers::serve_grpc(port);
#endif
    }
}

Command command_of(const std::string& name, std::uint16_t port) {
    if (name.starts_with("CPython")) {
        return {"python3", PEERS "/11_08_rpc_python.py", "serve", std::to_string(port)};
    }
    return {std::filesystem::read_symlink("/proc/self/exe"), "serve", name, std::to_string(port)};
}

// --- Clients -------------------------------------------------------------------------------------

/// Sends the request so many times, `at_once` of them in flight: as many again as have been
/// answered.
asio::awaitable<void> call_over(Connection& connection, std::string_view request, int count,
                                int at_once) {
    const std::string framed = messaging::encode_header(request.size()) + std::string(request);
    int to_send = count;
    int answered = at_once;
    while (count > 0) {
        std::string requests;
        for (; answered > 0 && to_send > 0; --answered, --to_send) {
            requests += framed;
        }
        answered = 0;
        if (!requests.empty()) {
            co_await connection.send_framed(requests);
        }
        do {
            if (!co_await connection.recv_bytes()) {
                throw std::runtime_error("the server has disconnected");
            }
            ++answered;
            --count;
        } while (connection.has_message());
    }
}

/// One of 11.7's connections, in a loop of its own.
class ConnectionClient {
public:
    explicit ConnectionClient(std::uint16_t port) { run(connect(port)); }

    void call(std::string_view request, int count, int at_once) {
        run(call_over(*connection_, request, count, at_once));
    }

private:
    asio::awaitable<void> connect(std::uint16_t port) {
        connection_.emplace(co_await messaging::connect(
            HostPort{.port = port}, key, {.md5 = messaging::Md5::allowed}));  // for Python 3.11
    }
    /// Until the body has ended; the connection's limits, which wait, go on.
    void run(asio::awaitable<void> body) {
        std::future<void> done = asio::co_spawn(context_, std::move(body), asio::use_future);
        while (done.wait_for(0s) != std::future_status::ready) {
            context_.run_one();
        }
        done.get();
    }

    asio::io_context context_{1};
    std::optional<Connection> connection_;
};

/// Calls so many times.
using Calls = std::function<void(int count, int at_once)>;

Calls client_of(const std::string& name, std::uint16_t port, const std::string& request) {
    if (name == "ours, --zmq" || name == "bare ROUTER") {
        return [client = std::make_shared<peers::ZmqClient>(port), request](
                   int count, int at_once) { client->call(request, count, at_once); };
    }
#ifdef HAVE_GRPC
    if (name == "gRPC") {
        return [client = std::make_shared<peers::GrpcClient>(port)](int count, int at_once) {
            client->call(count, at_once);
        };
    }
#endif
    return [client = std::make_shared<ConnectionClient>(port), request](int count, int at_once) {
        client->call(request, count, at_once);
    };
}

// --- Measuring -----------------------------------------------------------------------------------

struct Workload {
    std::string name;
    int at_once;
    int calls;  // in a round
    std::string request;
};

/// A server, behind the tracer's command, in a process of its own; and its client.
struct Running {
    benchmarks::ListeningServer server;
    Calls call;

    Running(const std::string& name, const Workload& workload, const Command& tracer)
        : server([&](std::uint16_t port) {
              Command command = tracer;
              const Command own = command_of(name, port);
              command.insert(command.end(), own.begin(), own.end());
              benchmarks::execute(command);
          }),
          call(client_of(name, server.port(), workload.request)) {}
};

/// The original's proxy calls the original's handler: what it takes by the clock.
double seconds_of_cpython(std::uint16_t port, int calls) {
    const std::string command = "python3 " PEERS "/11_08_rpc_python.py call " +
                                std::to_string(port) + " " + std::to_string(calls);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output(popen(command.c_str(), "r"),
                                                                 pclose);
    double seconds = 0;
    if (std::fscanf(output.get(), "%lf", &seconds) != 1) {  // NOLINT: checked
        throw std::runtime_error("CPython's client fails");
    }
    return seconds;
}

benchmarks::Round start(const std::string& name, const Workload& workload) {
    const auto running = std::make_shared<Running>(name, workload, Command{});
    return [=] {
        const benchmarks::Meter meter(running->server.process());
        if (name == "CPython, both") {
            const double seconds = seconds_of_cpython(running->server.port(), workload.calls);
            return benchmarks::Cost{.cpu = meter.per_operation(workload.calls).cpu,
                                    .clock = seconds};
        }
        running->call(workload.calls, workload.at_once);
        return meter.per_operation(workload.calls);
    };
}

double run_traced(const std::string& name, const Workload& workload, const Command& tracer,
                  int rounds) {
    Running running(name, workload, tracer);
    const int calls = 1600 * rounds;
    running.call(calls, workload.at_once);
    running.server.end(SIGTERM);
    return calls;
}

void compare(const Workload& workload, const std::vector<std::string>& names,
             const std::vector<std::string>& baselines) {
    std::vector<benchmarks::Server> servers;
    for (const std::string& name : names) {
        servers.push_back({.name = name, .start = [=] { return start(name, workload); }});
        if (name.starts_with("ours")) {  // which ends in an orderly way
            servers.back().traced = [=](const Command& tracer, int rounds) {
                return run_traced(name, workload, tracer, rounds);
            };
        }
    }
    benchmarks::compare(workload.name, servers, baselines);
}

}  // namespace

/// The benchmark; or, as `serve NAME PORT`, one of its servers.
int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && std::string(argv[1]) == "serve") {
        serve(argv[2], static_cast<std::uint16_t>(std::stoi(argv[3])));
        return 0;
    }
    std::vector<std::string> grpc = {"gRPC"};
#ifndef HAVE_GRPC
    std::fputs("gRPC is not installed: libgrpc++-dev and protobuf-compiler-grpc\n", stderr);
    grpc.clear();
#endif
    std::vector<std::string> one = {"ours", "CPython", "CPython, both"};
    std::vector<std::string> sixteen = {"ours", "ours, --zmq", "bare ROUTER"};
    one.insert(one.end(), grpc.begin(), grpc.end());
    sixteen.insert(sixteen.end(), grpc.begin(), grpc.end());
    compare({"one call at a time", 1, 3000, pickled_twice}, one, {"CPython"});
    compare({"16 in flight", many, 16'000, json}, sixteen, {"bare ROUTER"});
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
