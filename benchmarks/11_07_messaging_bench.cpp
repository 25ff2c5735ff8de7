// Recipe 11.7 beside CPython: round trips from process to process, over TCP and UNIX sockets, and
// the pickle codec beside the one that CPython has in C. All in one run; the CPython is
// BENCH_PYTHON, or python3: benchmarks/peers/11_07_messaging_peer.py.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/algorithm/hex.hpp>
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
#include "support/server_process.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::messaging;
using benchmarks::cpu_seconds;

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

/// CPU time of one operation, of all processes that work on it together. The column "CPU" is Google
/// Benchmark's: it knows of this process only.
void report_cpu(benchmark::State& state, double seconds) {
    state.counters["CPU of all, us"] = seconds * 1e6 / static_cast<double>(state.iterations());
}

// --- Ours ---------------------------------------------------------------------------------------

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
    std::raise(SIGTERM);  // our only client has left
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

asio::awaitable<void> exchange(Connection& connection, const std::string& message,
                               benchmark::State& state) {
    while (state.KeepRunning()) {
        co_await connection.send_bytes(message);
        auto reply = co_await connection.recv_bytes();
        benchmark::DoNotOptimize(reply);
    }
}

asio::awaitable<void> converse(Address address, pid_t server, std::size_t size,
                               benchmark::State& state) {
    Connection connection = co_await connect(address, key);
    const std::string message(size, 'x');
    const double before = cpu_seconds(server) + cpu_seconds(getpid());
    co_await exchange(connection, message, state);
    report_cpu(state, cpu_seconds(server) + cpu_seconds(getpid()) - before);
}

void round_trips_of_ours(benchmark::State& state, const std::string& family, std::size_t size) {
    Pipe server(fmt::format("exec /proc/{}/exe serve {}", getpid(), family));
    const pid_t process = server.process();
    const auto port = static_cast<std::uint16_t>(std::stoi(server.line()));
    run(converse(address_of(family, port), process, size, state));
}

// --- CPython ------------------------------------------------------------------------------------

/// One iteration is a whole run of the peer, which tells the average of its round trips.
void round_trips_of_cpython(benchmark::State& state, const std::string& family, std::size_t size) {
    const int count = size < 1000 ? 20000 : 500;
    double cpu = 0;
    for (auto _ : state) {
        Pipe pair(peer(fmt::format("pair {} {} {}", family, size, count)));
        state.SetIterationTime(std::stod(pair.line()));
        cpu += std::stod(pair.line());
    }
    report_cpu(state, cpu);
}

// --- The codec ----------------------------------------------------------------------------------

/// The peer's own pickle of one of its objects.
std::string pickle_of(const std::string& name) {
    std::string pickle;
    boost::algorithm::unhex(Pipe(peer("dump " + name)).line(), std::back_inserter(pickle));
    return pickle;
}

void decode(benchmark::State& state, const std::string& name) {
    const std::string pickle = pickle_of(name);
    const double before = cpu_seconds(getpid());
    for (auto _ : state) {
        benchmark::DoNotOptimize(from_pickle(pickle));
    }
    report_cpu(state, cpu_seconds(getpid()) - before);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(pickle.size()));
}

void encode(benchmark::State& state, const std::string& name) {
    const std::string pickle = pickle_of(name);
    const Value value = from_pickle(pickle);
    const double before = cpu_seconds(getpid());
    for (auto _ : state) {
        benchmark::DoNotOptimize(to_pickle(value));
    }
    report_cpu(state, cpu_seconds(getpid()) - before);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(pickle.size()));
}

void codec_of_cpython(benchmark::State& state, const std::string& task, const std::string& name) {
    double cpu = 0;
    for (auto _ : state) {
        const double seconds = std::stod(Pipe(peer(task + " " + name)).line());
        state.SetIterationTime(seconds);
        cpu += seconds;
    }
    report_cpu(state, cpu);
}

void register_round_trips() {
    for (const std::string family : {"tcp", "unix"}) {
        for (const auto& [name, size] :
             {std::pair("64 B", std::size_t{64}), std::pair("1 MiB", std::size_t{1} << 20U)}) {
            const std::string what = fmt::format("round trip of {}, {}/", name, family);
            benchmark::RegisterBenchmark((what + "ours").c_str(), round_trips_of_ours, family, size)
                ->UseRealTime();
            benchmark::RegisterBenchmark((what + "CPython").c_str(), round_trips_of_cpython, family,
                                         size)
                ->UseManualTime()
                ->Iterations(1);
        }
    }
}

void register_codec() {
    for (const std::string name : {"integers", "texts", "records", "bytes"}) {
        benchmark::RegisterBenchmark(("decode " + name + "/ours").c_str(), decode, name);
        benchmark::RegisterBenchmark(("decode " + name + "/CPython").c_str(), codec_of_cpython,
                                     "decode", name)
            ->UseManualTime()
            ->Iterations(1);
        benchmark::RegisterBenchmark(("encode " + name + "/ours").c_str(), encode, name);
        benchmark::RegisterBenchmark(("encode " + name + "/CPython").c_str(), codec_of_cpython,
                                     "encode", name)
            ->UseManualTime()
            ->Iterations(1);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::string(argv[1]) == "serve") {
        run(serve(argv[2]));
        return 0;
    }
    register_round_trips();
    register_codec();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
