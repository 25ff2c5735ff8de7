#include "demo.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "client.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "socket.hpp"
#include "time_protocol.hpp"
#include "udp_server.hpp"

namespace cookbook::udp_server {
namespace {

constexpr auto slow = 100ms;

double milliseconds_since(std::chrono::steady_clock::time_point start) {
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    return time.count();
}

asio::awaitable<void> ask(HostPort server) {
    Caller caller(std::move(server), {.timeout = 5s});
    co_await ask_time(caller);
}

asio::awaitable<void> ask_at_once(const Style& style, HostPort server) {
    const auto start = std::chrono::steady_clock::now();
    TaskGroup eight(co_await this_coro::executor);
    for (int n = 0; n < 8; ++n) {
        eight.spawn(ask(server));
    }
    co_await eight.join();
    fmt::print("{:>6.1f} ms  {:<9}  {}\n", milliseconds_since(start), style.name, style.summary);
}

void show_slow_answers() {
    fmt::print(
        "\nEight clients ask at once, and each answer takes {} ms. How long do they wait?\n\n",
        slow.count());
    for (const Style& style : styles) {
        asio::io_context context;
        udp::socket socket = open_socket(context.get_executor(), {});
        const HostPort address{"127.0.0.1", socket.local_endpoint().port()};
        // Its destructor requests a stop and joins.
        const std::jthread server([&](std::stop_token stop) {
            style.serve(std::move(socket), {.work = slow}, std::move(stop));
        });
        run(ask_at_once(style, address));
    }
}

void show_addresses() {
    asio::io_context context;
    udp::socket socket = open_socket(context.get_executor(), {.host = "0.0.0.0"});
    const std::uint16_t port = socket.local_endpoint().port();
    const std::jthread server(
        [&](std::stop_token stop) { serve_coroutine(std::move(socket), {}, std::move(stop)); });
    fmt::print("A server on 0.0.0.0 replies from the address that it was asked at:\n\n");
    for (const char* host : {"127.0.0.1", "127.0.0.5"}) {
        fmt::print("at {}  ", host);
        run(print_times({host, port}, 1, {}, stdout));
    }
}

/// Receives two datagrams as if they had got lost, and replies to the third.
asio::awaitable<void> lose_two(udp::socket socket) {
    std::array<char, 64> request;
    udp::endpoint peer;
    std::size_t size = 0;
    for (int n = 0; n < 3; ++n) {
        size = co_await socket.async_receive_from(asio::buffer(request), peer, use_awaitable);
    }
    const std::string now =
        to_text(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
    const Reply reply = reply_to({request.data(), size}, now);
    co_await socket.async_send_to(asio::buffer(std::string_view(reply)), peer, use_awaitable);
}

asio::awaitable<void> ask_until_it_replies(HostPort server) {
    const auto start = std::chrono::steady_clock::now();
    co_await print_times(std::move(server), 1, {.timeout = slow}, stdout);
    fmt::print("{:>6.1f} ms for the reply\n", milliseconds_since(start));
}

asio::awaitable<void> show_retries() {
    const auto executor = co_await this_coro::executor;
    udp::socket socket(executor, {asio::ip::address_v4::loopback(), 0});
    const HostPort server{"127.0.0.1", socket.local_endpoint().port()};
    fmt::print("\nTwo of a client's requests get lost; it waits {} ms, then twice as long:\n\n",
               slow.count());
    TaskGroup group(executor);
    group.spawn(lose_two(std::move(socket)));
    group.spawn(ask_until_it_replies(server));
    co_await group.join();
}

}  // namespace

void show_all() {
    show_addresses();
    show_slow_answers();
    run(show_retries());
}

}  // namespace cookbook::udp_server
