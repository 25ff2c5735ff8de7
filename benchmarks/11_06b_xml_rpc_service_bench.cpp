// What a call costs a server: 100 calls one by one, and in one multicall, beside CPython's; with a
// password and without; and what confining a path costs the kernel.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_01_http_client/message/basic_credentials.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"
#include "11_06b_xml_rpc_service/xml_rpc_service.hpp"
#include "common/cli/run.hpp"
#include "common/net/tcp.hpp"
#include "support/comparison.hpp"
#include "support/listening.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc_service;
using Serve = std::function<void(std::uint16_t port)>;

constexpr int batch = 100;

// --- Servers -------------------------------------------------------------------------------------

asio::awaitable<void> serve_service(std::uint16_t port) {
    constexpr std::uint32_t unlimited = 1'000'000'000;
    const User guido = {.roles = {"admin"}, .password = hash_password("peekaboo")};
    Service service({.access = {.rate = {.rate = unlimited, .burst = unlimited},
                                .users = Users::parse(user_line("guido", guido))}});
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {.port = port});
    co_await service.serve(std::move(acceptor));
}

void ours(std::uint16_t port) {
    run(serve_service(port));
}

void cpython(std::uint16_t port) {
    ::execlp("python3", "python3", PEERS "/11_06b_xml_rpc_service_python.py",
             std::to_string(port).c_str(), nullptr);
}

// --- The load ------------------------------------------------------------------------------------

std::string request_for(const std::string& method, const Array& params,
                        const std::string& fields = "") {
    std::string document;
    xml_rpc::write_call(document, method, params);
    return fmt::format(
        "POST /RPC2 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n{}Content-Length: "
        "{}\r\n\r\n{}",
        fields, document.size(), document);
}

std::string add_request(const std::string& fields = "") {
    return request_for("calculator.add", {2, 3}, fields);
}

std::string multicall_request() {
    const Struct call = {{"methodName", "calculator.add"}, {"params", Array{2, 3}}};
    Array params;
    params.emplace_back(Array(batch, Value(call)));
    return request_for("system.multicall", params);
}

/// One call over a connection; the response must say five so often.
asio::awaitable<void> call_once(tcp::socket& socket, const std::string& request,
                                std::size_t fives) {
    co_await asio::async_write(socket, asio::buffer(request), use_awaitable);
    std::string response;
    while (!response.ends_with("</methodResponse>\n")) {
        char buffer[1 << 16];
        const std::size_t n = co_await socket.async_read_some(asio::buffer(buffer), use_awaitable);
        response.append(buffer, n);
    }
    std::size_t found = 0;
    for (std::size_t at = response.find(">5<"); at != response.npos;
         at = response.find(">5<", at + 1)) {
        ++found;
    }
    if (found != fives) {
        throw std::runtime_error("a wrong sum: " + response);
    }
}

/// The same request so often over one connection.
struct Load {
    std::string request;
    int requests = 0;
    int operations = 0;     // that they are together
    std::size_t fives = 1;  // in each response
};

/// What an operation costs. The connection's first call, which has the password checked, does not
/// count.
asio::awaitable<void> measure(const benchmarks::ListeningServer& server, Load load,
                              benchmarks::Cost& cost) {
    tcp::socket socket = co_await connect({.port = server.port()});
    co_await call_once(socket, load.request, load.fives);
    const benchmarks::Meter meter(server.process());
    for (int i = 0; i < load.requests; ++i) {
        co_await call_once(socket, load.request, load.fives);
    }
    cost = meter.per_operation(load.operations);
}

benchmarks::Server under_load(const std::string& name, const Serve& serve, const Load& load) {
    return {.name = name, .start = [=]() -> benchmarks::Round {
                const auto server = std::make_shared<benchmarks::ListeningServer>(serve);
                return [=] {
                    benchmarks::Cost cost{};
                    run(measure(*server, load, cost));
                    return cost;
                };
            }};
}

void compare_calls() {
    constexpr int rounds = 40;  // of 100 calls
    const Load together = {multicall_request(), rounds, rounds, batch};
    benchmarks::compare("100 calls",
                        {under_load("one by one", ours, {add_request(), rounds * batch, rounds}),
                         under_load("a multicall", ours, together),
                         under_load("CPython, a multicall", cpython, together)},
                        {"one by one"});
}

void compare_passwords() {
    constexpr int calls = 20'000;
    const std::string authorization =
        "Authorization: " + http_client::basic_credentials({"guido", "peekaboo"}) + "\r\n";
    benchmarks::compare(
        "a call",
        {under_load("without a password", ours, {add_request(), calls, calls}),
         under_load("with a password", ours, {add_request(authorization), calls, calls})},
        {"without a password"});
}

// --- Files ---------------------------------------------------------------------------------------

/// A folder with a file three folders down.
class DeepFile {
public:
    DeepFile()
        : root_(std::filesystem::temp_directory_path() / fmt::format("bench-{}", ::getpid())) {
        std::filesystem::create_directories(root_ / "a/b/c");
        std::ofstream(root_ / path()) << "Hello\n";
    }
    DeepFile(const DeepFile&) = delete;
    DeepFile& operator=(const DeepFile&) = delete;
    ~DeepFile() { std::filesystem::remove_all(root_); }

    [[nodiscard]] const std::filesystem::path& root() const { return root_; }
    [[nodiscard]] static std::string path() { return "a/b/c/file"; }

private:
    std::filesystem::path root_;
};

void info_by_openat2(benchmark::State& state) {
    const DeepFile file;
    const ConfinedFolder folder(file.root());
    const std::string path = DeepFile::path();
    for (auto _ : state) {
        benchmark::DoNotOptimize(folder.status(path));
    }
}

void info_by_open(benchmark::State& state) {
    const DeepFile file;
    const std::string path = file.root() / DeepFile::path();
    for (auto _ : state) {
        const Descriptor opened(::open(path.c_str(), O_PATH | O_CLOEXEC), "open");
        struct ::stat status{};
        benchmarks::check(::fstat(opened.get(), &status), "fstat");
        benchmark::DoNotOptimize(status);
    }
}

/// As a program does that does not know openat2: resolve, compare, open.
void info_by_realpath(benchmark::State& state) {
    const DeepFile file;
    const std::string path = file.root() / DeepFile::path();
    const std::string root = file.root();
    for (auto _ : state) {
        const std::string resolved = std::filesystem::canonical(path);
        if (!resolved.starts_with(root + "/")) {
            state.SkipWithError("the path leads out");
        }
        struct ::stat status{};
        benchmarks::check(::stat(resolved.c_str(), &status), "stat");
        benchmark::DoNotOptimize(status);
    }
}

}  // namespace

int main(int argc, char** argv) {
    compare_calls();
    compare_passwords();
    benchmark::RegisterBenchmark("look at a file/openat2, beneath", info_by_openat2);
    benchmark::RegisterBenchmark("look at a file/open", info_by_open);
    benchmark::RegisterBenchmark("look at a file/realpath", info_by_realpath);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
