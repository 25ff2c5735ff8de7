// What a small response costs a server: its CPU time for each request that wrk sends over 64
// connections, one at a time and sixteen together. Every server is a process of its own.
//
// wrk, nginx, python3 and cpp-httplib come from Debian; what is not there is left out.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "11_05_rest_interface/dispatcher.hpp"
#include "common/cli/run.hpp"
#include "common/http/server.hpp"
#include "common/net/tcp.hpp"
#include "peers/11_05_rest_interface_beast.hpp"
#ifdef HAVE_HTTPLIB
#include "peers/11_05_rest_interface_httplib.hpp"
#endif
#include "support/comparison.hpp"
#include "support/listening.hpp"

namespace {

using namespace cookbook;
using Serve = std::function<void(std::uint16_t port)>;

http::Response hello() {
    http::Response response(http::status::ok, "text/plain");
    response.body = "Hello, World!";
    return response;
}

asio::awaitable<void> serve(http::Application application, std::uint16_t port) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {"127.0.0.1", port});
    co_await http::serve(std::move(acceptor), http::Limits{}, std::move(application));
}

Serve ours(const http::Application& application) {
    return [application](std::uint16_t port) { run(serve(application, port)); };
}

asio::awaitable<http::Response> hello_later(http::Request&) {
    co_return hello();
}

rest_interface::Dispatcher dispatcher() {
    rest_interface::Dispatcher dispatcher;
    dispatcher.add(http::verb::get, "/",
                   [](http::Request&, const rest_interface::Parameters&) { return hello(); });
    return dispatcher;
}

void nginx(std::uint16_t port) {
    std::stringstream text;
    text << std::ifstream(PEERS "/11_05_rest_interface_nginx.conf").rdbuf();
    std::string configuration = text.str();
    configuration.replace(configuration.find("PORT"), 4, std::to_string(port));
    const std::string file = "/tmp/nginx-" + std::to_string(::getpid()) + ".conf";
    std::ofstream(file) << configuration;
    ::execlp("nginx", "nginx", "-c", file.c_str(), nullptr);
}

void wsgiref(std::uint16_t port) {
    ::execlp("python3", "python3", PEERS "/11_05_rest_interface_wsgiref.py",
             std::to_string(port).c_str(), nullptr);
}

/// Runs wrk for a second and returns how many responses came.
double wrk(std::uint16_t port, bool pipelined) {
    const std::string script = pipelined ? " -s " PEERS "/11_05_rest_interface_pipeline.lua" : "";
    const std::string command =
        "wrk -t1 -c64 -d1" + script + " http://127.0.0.1:" + std::to_string(port) + "/";
    FILE* output = ::popen(command.c_str(), "r");
    double requests = 0;
    for (char line[200]; std::fgets(line, sizeof line, output) != nullptr;) {
        if (std::strstr(line, " requests in") != nullptr) {
            requests = std::strtod(line, nullptr);
        }
    }
    ::pclose(output);
    if (requests == 0) {
        throw std::runtime_error("wrk is not installed, or got no response");
    }
    return requests;
}

benchmarks::Server server(const std::string& name, const Serve& serve, bool pipelined) {
    return {.name = name, .start = [=]() -> benchmarks::Round {
                const auto process = std::make_shared<benchmarks::ListeningServer>(serve);
                return [=] {
                    const benchmarks::Meter meter(process->process());
                    return meter.per_operation(wrk(process->port(), pipelined));
                };
            }};
}

}  // namespace

int main(int argc, char** argv) {
    for (const bool pipelined : {false, true}) {
        std::vector<benchmarks::Server> servers = {
            server("nginx", nginx, pipelined), server("Beast async", beast_async::serve, pipelined),
            server("ours", ours([](http::Request&) { return hello(); }), pipelined),
            server("ours, coroutine", ours(hello_later), pipelined),
            server("ours, dispatcher", ours(dispatcher()), pipelined)};
        if (!pipelined) {
#ifdef HAVE_HTTPLIB
            servers.push_back(server("cpp-httplib", cpp_httplib::serve, pipelined));
#endif
            servers.push_back(server("wsgiref", wsgiref, pipelined));
        }
        benchmarks::compare(pipelined ? "16 pipelined" : "one at a time", servers,
                            {"nginx", "Beast async"});
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
