// Recipe 11.7 beside CPython: round trips from process to process, over TCP and UNIX sockets, and
// the pickle codec beside the one that CPython has in C. They take turns; the CPython is
// BENCH_PYTHON, or python3: benchmarks/peers/11_07_messaging_peer.py.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/algorithm/hex.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "11_07_messaging/messaging.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "common/cli/run.hpp"
#include "support/comparison.hpp"
#include "support/server_process.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::messaging;
using benchmarks::Cost;
using benchmarks::cpu_seconds;
using benchmarks::Round;

const SharedKey key = std::make_shared<Key>("peekaboo");
std::string peer(const std::string& arguments) {
    const char* python = std::getenv("BENCH_PYTHON");
    const auto script =
        std::filesystem::path(__FILE__).parent_path() / "peers" / "11_07_messaging_peer.py";
    return std::string(python ? python : "python3") + " " + script.string() + " " + arguments;
}

/// A command whose output is read line by line.
class Pipe {
public:
    explicit Pipe(const std::string& command) : stream_(popen(command.c_str(), "r")) {}
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() { pclose(stream_); }

    std::string line() {
        std::string text;
        for (int c = std::fgetc(stream_); c != EOF && c != '\n'; c = std::fgetc(stream_)) {
            text.push_back(static_cast<char>(c));
        }
        if (text.empty()) {
            throw std::runtime_error("the peer has ended");
        }
        return text;
    }
    pid_t process() { return std::stoi(line()); }

private:
    std::FILE* stream_;
};

// --- Round trips ---------------------------------------------------------------------------------

struct Talk {
    std::string family;  // tcp or unix
    std::size_t size;    // of a message
    int count;           // of round trips in a round
};

Address address_of(const std::string& family, std::uint16_t port = 0) {
    if (family == "tcp") {
        return HostPort{.port = port};
    }
    return UnixAddress{"@11_07_messaging_bench"};
}

asio::awaitable<void> echo_bytes(Connection connection) {
    while (const auto message = co_await connection.recv_bytes()) {
        co_await connection.send_bytes(*message);
    }
}

/// What `bench serve tcp|unix` runs: prints its process id and its port, if it has one.
asio::awaitable<void> serve(std::string family) {
    Listener listener(co_await this_coro::executor, address_of(family), key);
    const Address address = listener.address();
    const auto* tcp_address = std::get_if<HostPort>(&address);
    fmt::print("{}\n{}\n", getpid(), tcp_address ? tcp_address->port : 0);
    std::fflush(stdout);
    co_await listener.serve(Limits{}, echo_bytes);
}

/// Our server, a process of its own that ends with this object.
class Echo {
public:
    explicit Echo(const std::string& family)
        : pipe_(fmt::format("exec /proc/{}/exe serve {}", getpid(), family)),
          process_(std::stoi(pipe_.line())),
          address_(address_of(family, static_cast<std::uint16_t>(std::stoi(pipe_.line())))) {}
    ~Echo() { ::kill(process_, SIGTERM); }
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;

    [[nodiscard]] const Address& address() const { return address_; }
    [[nodiscard]] double cpu_seconds() const { return benchmarks::cpu_seconds(process_); }

private:
    Pipe pipe_;
    pid_t process_;
    Address address_;
};

/// The CPU time is that of both sides.
asio::awaitable<void> converse(const Echo& server, Talk talk, Cost& cost) {
    Connection connection = co_await connect(server.address(), key);
    const std::string message(talk.size, 'x');
    const auto cpu = [&] { return server.cpu_seconds() + cpu_seconds(getpid()); };
    const auto clock = std::chrono::steady_clock::now;
    const double cpu_before = cpu();
    const auto begin = clock();
    for (int n = 0; n < talk.count; ++n) {
        co_await connection.send_bytes(message);
        benchmark::DoNotOptimize(co_await connection.recv_bytes());
    }
    const std::chrono::duration<double> elapsed = clock() - begin;
    cost = {.cpu = (cpu() - cpu_before) / talk.count, .clock = elapsed.count() / talk.count};
}

Round start_ours(const Talk& talk) {
    const auto server = std::make_shared<Echo>(talk.family);
    return [=] {
        Cost cost{};
        run(converse(*server, talk, cost));
        return cost;
    };
}

Round start_cpython(const Talk& talk) {
    return [=] {
        Pipe pair(peer(fmt::format("pair {} {} {}", talk.family, talk.size, talk.count)));
        const double clock = std::stod(pair.line());
        return Cost{.cpu = std::stod(pair.line()), .clock = clock};
    };
}

void compare_round_trips(const std::string& size, const Talk& talk) {
    benchmarks::compare(fmt::format("round trip of {}, {}", size, talk.family),
                        {{"CPython", [=] { return start_cpython(talk); }},
                         {"ours", [=] { return start_ours(talk); }}},
                        {"CPython"});
}

// --- The codec -----------------------------------------------------------------------------------

/// The peer's own pickle of one of its objects.
std::string pickle_of(const std::string& name) {
    std::string pickle;
    boost::algorithm::unhex(Pipe(peer("dump " + name)).line(), std::back_inserter(pickle));
    return pickle;
}

/// Repeats `operation` for a twentieth of a second of CPU time, as the peer does.
template <class Operation>
Cost repeat(const Operation& operation) {
    const double begin = cpu_seconds(getpid());
    double seconds = 0;
    int count = 0;
    while (seconds < 0.05) {
        for (int n = 0; n < 10; ++n) {
            benchmark::DoNotOptimize(operation());
        }
        count += 10;
        seconds = cpu_seconds(getpid()) - begin;
    }
    return {.cpu = seconds / count, .clock = seconds / count};
}

Round start_cpython(const std::string& task, const std::string& name) {
    return [=] {
        const double seconds = std::stod(Pipe(peer(task + " " + name)).line());
        return Cost{.cpu = seconds, .clock = seconds};
    };
}

void compare_codec(const std::string& name) {
    benchmarks::compare("decode " + name,
                        {{"CPython", [=] { return start_cpython("decode", name); }},
                         {"ours",
                          [=]() -> Round {
                              const std::string pickle = pickle_of(name);
                              return [=] { return repeat([&] { return from_pickle(pickle); }); };
                          }}},
                        {"CPython"});
    benchmarks::compare("encode " + name,
                        {{"CPython", [=] { return start_cpython("encode", name); }},
                         {"ours",
                          [=]() -> Round {
                              const Value value = from_pickle(pickle_of(name));
                              return [=] { return repeat([&] { return to_pickle(value); }); };
                          }}},
                        {"CPython"});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::string(argv[1]) == "serve") {
        run(serve(argv[2]));
        return 0;
    }
    for (const std::string family : {"tcp", "unix"}) {
        compare_round_trips("64 B", {.family = family, .size = 64, .count = 20'000});
        compare_round_trips("1 MiB", {.family = family, .size = 1U << 20U, .count = 500});
    }
    for (const std::string name : {"integers", "texts", "records", "bytes"}) {
        compare_codec(name);
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
