#include "demo.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "11_03_udp_server/call.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "common/net/tcp.hpp"
#include "services.hpp"
#include "sockets.hpp"

namespace cookbook::event_loop {
namespace {

constexpr std::size_t idle_connections = 400;  // select takes 1,024 descriptors, both ends' here

asio::awaitable<void> exchange(tcp::socket& socket) {
    std::string message = "hello";
    co_await asio::async_write(socket, asio::buffer(message), use_awaitable);
    co_await asio::async_read(socket, asio::buffer(message), use_awaitable);
}

/// In milliseconds.
asio::awaitable<double> time_echo(tcp::socket& socket) {
    constexpr int echoes = 200;
    const auto start = std::chrono::steady_clock::now();
    for (int n = 0; n < echoes; ++n) {
        co_await exchange(socket);
    }
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    co_return time.count() / echoes;
}

asio::awaitable<void> ask_for(HostPort service, std::string text, bool& answered) {
    udp_server::Caller caller(std::move(service), {.timeout = 10s});
    co_await caller.call(std::move(text), [](std::string_view) { return true; });
    answered = true;
}

asio::awaitable<void> echo_until(const bool& answered, tcp::socket& socket, int& echoes) {
    while (!answered) {
        co_await exchange(socket);
        ++echoes;
    }
}

/// Echoes until the reply to `text` has come; returns how often.
asio::awaitable<int> count_echoes(tcp::socket& socket, HostPort service, std::string text) {
    TaskGroup group(socket.get_executor());
    bool answered = false;
    int echoes = 0;
    group.spawn(ask_for(std::move(service), std::move(text), answered));
    group.spawn(echo_until(answered, socket, echoes));
    co_await group.join();
    co_return echoes;
}

asio::awaitable<void> visit(const Loop& loop, Ports ports) {
    tcp::socket socket = co_await connect({ports.host, ports.echo});
    const double alone = co_await time_echo(socket);
    std::vector<tcp::socket> idle;
    while (idle.size() < idle_connections) {
        idle.push_back(co_await connect({ports.host, ports.echo}));
    }
    const double beside = co_await time_echo(socket);
    const int meanwhile = co_await count_echoes(socket, {ports.host, ports.fibonacci}, "32");
    fmt::print("{:<6}  {:>6.3f} ms  {:>6.3f} ms  {:>9}    {}\n", loop.name, alone, beside,
               meanwhile > 10 ? "yes" : "no", loop.summary);
}

void visit_server(const Loop& loop) {
    asio::io_context context;
    Sockets sockets = open_sockets(context.get_executor(), {});
    const Ports ports = ports_of(sockets);
    // Its destructor requests a stop and joins.
    const std::jthread server(
        [&](std::stop_token stop) { loop.serve(std::move(sockets), {}, std::move(stop), [] {}); });
    run(visit(loop, ports));
}

}  // namespace

void demo() {
    fmt::print(
        "One thread serves echoes, datagrams and timers. How long does an echo take, alone and\n"
        "beside {} connections that say nothing? Does it go on while fibonacci(32) is computed?\n\n"
        "loop      alone      beside {}   meanwhile\n",
        idle_connections, idle_connections);
    for (const Loop& loop : loops) {
        visit_server(loop);
    }
}

}  // namespace cookbook::event_loop
