#include "demo.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include "11_03_udp_server/socket.hpp"
#include "common/cli/demo.hpp"
#include "udp_telemetry.hpp"

namespace cookbook::udp_telemetry {
namespace {

constexpr const char* demo_group = "239.255.11.3";
constexpr const char* loopback = "127.0.0.1";

void explain(const char* what) {
    fmt::print("\n{}\n\n", what);
    std::fflush(stdout);
}

udp::socket open_member(const asio::any_io_executor& executor) {
    udp::socket socket = udp_server::open_socket(executor, {.host = "0.0.0.0"});
    take_joined_groups_only(socket);
    set_route(socket, {.interface = loopback});
    join(socket, to_group(demo_group), loopback);
    return socket;
}

asio::awaitable<void> serve_demo(udp::socket socket) {
    co_await serve(std::move(socket), {.max_datagram = 1000, .clients = {.max_clients = 3}});
}

/// A datagram from each of so many addresses, all of this machine.
asio::awaitable<void> flood(HostPort server, unsigned senders) {
    const udp::endpoint to(asio::ip::make_address(server.host), server.port);
    for (unsigned n = 1; n <= senders; ++n) {
        const asio::ip::address_v4 own(0x7f000100U + n);
        udp::socket socket(co_await this_coro::executor, {own, 0});
        socket.send_to(asio::buffer(fmt::format("from {}", own.to_string())), to);
    }
}

asio::awaitable<void> ask_for(HostPort server, std::vector<std::string> texts,
                              std::vector<std::uint32_t> numbers = {}) {
    co_await ask(std::move(server), std::move(texts), std::move(numbers), {}, stdout);
}

asio::awaitable<void> show(HostPort server) {
    explain("Text is text, anything else is a number, to which the server adds 1:");
    co_await ask_for(server, {"ping", "TIME", "  hello  "}, {41, 4'294'967'295});
    explain("It takes 1,000 bytes of a datagram. This one has 1,001:");
    co_await ask_for(server, {std::string(1001, 'x')});
    explain("100 senders say something. It remembers three clients, and counts the others:");
    co_await flood(server, 100);
    co_await ask_for(server, {"STATS"});
    explain("Who is in the group 239.255.11.3?");
    co_await discover({demo_group, server.port, loopback}, 200ms, stdout);
}

}  // namespace

asio::awaitable<void> demo() {
    udp::socket socket = open_member(co_await this_coro::executor);
    const HostPort address{loopback, socket.local_endpoint().port()};
    fmt::print("A server on 0.0.0.0, which is asked at {}\n", loopback);
    co_await show_beside(serve_demo(std::move(socket)), show(address));
}

}  // namespace cookbook::udp_telemetry
