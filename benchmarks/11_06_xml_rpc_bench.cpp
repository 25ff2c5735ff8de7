// What a call costs: a server's CPU time for each of many over 16 connections; server and client
// together; and an array of 10,000 integers, read and written. Beside xmlrpc-c, where it is
// installed, and CPython.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_06_xml_rpc/xml/writer.hpp"
#include "11_06_xml_rpc/xml_rpc.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "common/net/tcp.hpp"
#include "support/comparison.hpp"
#include "support/listening.hpp"
#ifdef HAVE_XMLRPC_C
#include "peers/11_06_xml_rpc_xmlrpc_c.hpp"
#endif

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc;
using Serve = std::function<void(std::uint16_t port)>;

constexpr int integers = 10'000;

// --- Servers -------------------------------------------------------------------------------------

asio::awaitable<void> serve_add(std::uint16_t port) {
    Dispatcher dispatcher;
    dispatcher.register_function("add", [](int a, int b) { return a + b; });
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {.port = port});
    co_await http::serve(std::move(acceptor), {}, make_application(std::move(dispatcher)));
}

void ours(std::uint16_t port) {
    run(serve_add(port));
}

void cpython(std::uint16_t port) {
    ::execlp("python3", "python3", PEERS "/11_06_xml_rpc_python.py", "serve",
             std::to_string(port).c_str(), nullptr);
}

// --- The load ------------------------------------------------------------------------------------

std::string add_request() {
    std::string document;
    write_call(document, "add", Array{2, 3});
    return fmt::format(
        "POST /RPC2 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: "
        "{}\r\n\r\n{}",
        document.size(), document);
}

/// Reads one response, and throws if it is not five.
asio::awaitable<void> read_five(tcp::socket& socket, std::string& buffer) {
    buffer.clear();
    while (buffer.find("</methodResponse>") == buffer.npos) {
        const std::size_t size = buffer.size();
        buffer.resize(size + 4096);
        const std::size_t n =
            co_await socket.async_read_some(asio::buffer(&buffer[size], 4096), use_awaitable);
        buffer.resize(size + n);
    }
    if (buffer.find(">5<") == buffer.npos) {
        throw std::runtime_error("a wrong sum: " + buffer);
    }
    if (!buffer.ends_with('\n')) {  // as all peers end it: the rest is on its way
        co_await socket.async_read_some(asio::buffer(buffer.data(), 2), use_awaitable);
    }
}

asio::awaitable<void> call_over_socket(std::uint16_t port, int calls) {
    tcp::socket socket = co_await connect({.port = port});
    const std::string request = add_request();
    std::string buffer;
    for (int i = 0; i < calls; ++i) {
        co_await asio::async_write(socket, asio::buffer(request), use_awaitable);
        co_await read_five(socket, buffer);
    }
}

asio::awaitable<void> call_over_sockets(std::uint16_t port, int connections, int calls) {
    TaskGroup group(co_await this_coro::executor);
    for (int i = 0; i < connections; ++i) {
        group.spawn(call_over_socket(port, calls));
    }
    co_await group.join();
}

/// So many calls over each of 16 connections.
benchmarks::Server server_under_load(const std::string& name, const Serve& serve, int calls) {
    return {.name = name, .start = [=]() -> benchmarks::Round {
                const auto process = std::make_shared<benchmarks::ListeningServer>(serve);
                return [=] {
                    constexpr int connections = 16;
                    const benchmarks::Meter meter(process->process());
                    run(call_over_sockets(process->port(), connections, calls));
                    return meter.per_operation(connections * calls);
                };
            }};
}

// --- End to end ----------------------------------------------------------------------------------

asio::awaitable<void> call_by_proxy(std::uint16_t port, int calls) {
    Proxy proxy(fmt::format("http://127.0.0.1:{}/RPC2", port));
    for (int i = 0; i < calls; ++i) {
        if (co_await proxy.call<int>("add", 2, 3) != 5) {
            throw std::runtime_error("a wrong sum");
        }
    }
}

/// The CPU time of both processes, for each of some calls over one connection.
benchmarks::Server both_ends(const std::string& name, const Serve& serve,
                             std::function<void(std::uint16_t port, int calls)> call) {
    return {.name = name, .start = [=]() -> benchmarks::Round {
                const auto process = std::make_shared<benchmarks::ListeningServer>(serve);
                return [=] {
                    constexpr int calls = 2000;
                    const benchmarks::Meter meter(process->process());
                    const double before = benchmarks::cpu_seconds(::getpid());
                    call(process->port(), calls);
                    benchmarks::Cost cost = meter.per_operation(calls);
                    cost.cpu += (benchmarks::cpu_seconds(::getpid()) - before) / calls;
                    return cost;
                };
            }};
}

// --- The codec -----------------------------------------------------------------------------------

Array ten_thousand_integers() {
    Array numbers;
    for (int i = 0; i < integers; ++i) {
        numbers.emplace_back(i * 7919);
    }
    Array params;
    params.emplace_back(std::move(numbers));
    return params;
}

std::string document_of_integers() {
    std::string document;
    write_call(document, "f", ten_thousand_integers());
    return document;
}

void decode_ours(benchmark::State& state) {
    const std::string document = document_of_integers();
    Reader reader;
    for (auto _ : state) {
        benchmark::DoNotOptimize(reader.read(document));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(document.size()));
}

void encode_ours(benchmark::State& state) {
    const Array params = ten_thousand_integers();
    std::string document;
    for (auto _ : state) {
        document.clear();
        write_call(document, "f", params);
        benchmark::DoNotOptimize(document);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(document.size()));
}

#ifdef HAVE_XMLRPC_C
void decode_xmlrpc_c(benchmark::State& state) {
    const std::string document = document_of_integers();
    for (auto _ : state) {
        xmlrpc_c_peer::decode(document);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(document.size()));
}

void encode_xmlrpc_c(benchmark::State& state) {
    xmlrpc_value* const params = xmlrpc_c_peer::make_params(integers);
    std::size_t size = 0;
    for (auto _ : state) {
        size = xmlrpc_c_peer::encode(params);
    }
    xmlrpc_DECREF(params);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}
#endif

void codec_of_cpython(benchmark::State& state, const std::string& task) {
    for (auto _ : state) {
        const std::string command = "python3 " PEERS "/11_06_xml_rpc_python.py " + task;
        FILE* const output = ::popen(command.c_str(), "r");
        char line[100] = "";
        if (std::fgets(line, sizeof line, output) == nullptr) {
            state.SkipWithError("python3 is not installed");
        }
        ::pclose(output);
        state.SetIterationTime(std::strtod(line, nullptr));
    }
}

void register_codec() {
    benchmark::RegisterBenchmark("decode 10,000 integers/ours", decode_ours);
    benchmark::RegisterBenchmark("encode 10,000 integers/ours", encode_ours);
#ifdef HAVE_XMLRPC_C
    benchmark::RegisterBenchmark("decode 10,000 integers/xmlrpc-c", decode_xmlrpc_c);
    benchmark::RegisterBenchmark("encode 10,000 integers/xmlrpc-c", encode_xmlrpc_c);
#endif
    for (const std::string task : {"decode", "encode"}) {
        benchmark::RegisterBenchmark((task + " 10,000 integers/CPython").c_str(), codec_of_cpython,
                                     task)
            ->UseManualTime()
            ->Iterations(1);
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<benchmarks::Server> servers = {server_under_load("ours", ours, 1000)};
    std::vector<benchmarks::Server> pairs = {both_ends(
        "ours", ours, [](std::uint16_t port, int calls) { run(call_by_proxy(port, calls)); })};
#ifdef HAVE_XMLRPC_C
    servers.push_back(server_under_load("xmlrpc-c", xmlrpc_c_peer::serve, 200));
    pairs.push_back(both_ends("xmlrpc-c", xmlrpc_c_peer::serve, [](std::uint16_t port, int calls) {
        xmlrpc_c_peer::call(fmt::format("http://127.0.0.1:{}/RPC2", port), calls);
    }));
#endif
    servers.push_back(server_under_load("CPython", cpython, 50));
    benchmarks::compare("a call, 16 connections", servers, {"xmlrpc-c"});
    benchmarks::compare("a call, both ends", pairs, {"xmlrpc-c"});
    register_codec();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
