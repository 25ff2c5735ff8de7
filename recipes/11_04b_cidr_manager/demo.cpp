#include "demo.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "cidr_manager.hpp"
#include "common/cli/demo.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::cidr_manager {
namespace {

void show_calculations() {
    for (
        const char* line : {
            R"({"op":"collapse","networks":["10.0.1.0/24","10.0.0.0/24","10.0.0.77"]})",
            R"({"op":"exclude","network":"10.0.0.0/29","minus":["10.0.0.2"]})",
            R"({"op":"split","network":"10.0.0.0/24","hosts":[50,100,2]})",
            R"({"op":"find","pool":"10.0.0.0/24","used":["10.0.0.0/26","10.0.0.96/27"],"hosts":20})",
            R"({"op":"info","networks":["::/0","10.0.0.300"]})",
        }) {
        fmt::print("{}\n  {}", line, respond(parse_request(line), calculate));
    }
}

asio::awaitable<void> ask(tcp::socket& server, std::string line) {
    fmt::print("{}\n", line);
    line += '\n';
    co_await asio::async_write(server, asio::buffer(line), use_awaitable);
    std::string response;
    for (char last = ' '; last != '\n'; response += last) {
        co_await asio::async_read(server, asio::buffer(&last, 1), use_awaitable);
    }
    fmt::print("  {}", response);
}

asio::awaitable<void> ask_all(HostPort address, std::vector<std::string> lines) {
    tcp::socket server = co_await connect(std::move(address));
    for (const std::string& line : lines) {
        co_await ask(server, line);
    }
}

asio::awaitable<void> ask_a_server(Ledger& ledger, std::vector<std::string> lines) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    const HostPort address{"127.0.0.1", acceptor.local_endpoint().port()};
    co_await show_beside(serve_requests(std::move(acceptor), {}, ledger),
                         ask_all(address, std::move(lines)));
}

/// Starts a server with the plan, asks it, and stops it.
asio::awaitable<void> visit(std::string plan, std::vector<std::string> lines) {
    fmt::print("\nserver --plan plan --pool 10.0.0.0/20\n");
    co_await with_plan(std::move(plan), {Network::parse("10.0.0.0/20")},
                       [&](Ledger& ledger) { return ask_a_server(ledger, lines); });
}

void print_file(const std::string& path) {
    fmt::print("\ncat plan\n");
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        fmt::print("{}\n", line);
    }
}

}  // namespace

asio::awaitable<void> demo() {
    show_calculations();
    const TemporaryFolder folder;
    const std::string plan = folder.file("plan");
    co_await visit(plan, {R"({"op":"allocate","pool":"10.0.0.0/20","hosts":100,"owner":"bob"})",
                          R"({"op":"allocate","network":"10.0.0.0/24","owner":"carol"})"});
    co_await visit(plan, {R"({"op":"allocate","pool":"10.0.0.0/20","prefix":24,"owner":"carol"})",
                          R"({"op":"release","network":"10.0.0.0/25"})"});
    print_file(plan);
}

}  // namespace cookbook::cidr_manager
