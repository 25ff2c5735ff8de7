#include "demo.hpp"

#include <fmt/format.h>

#include <string>

#include "11_04_cidr_addresses/server/echo.hpp"
#include "11_04_cidr_addresses/text/text.hpp"
#include "common/cli/demo.hpp"
#include "common/cli/run.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::cidr_addresses {
namespace {

asio::awaitable<void> call_from_two_addresses(tcp::endpoint server) {
    for (const char* from : {"127.0.0.2", "127.0.1.2"}) {
        const std::string response =
            co_await call_echo(server, asio::ip::make_address(from), "hello");
        fmt::print("  from {}: {}\n", from,
                   response.empty() ? "refused" : fmt::format("admitted, echoes \"{}\"", response));
    }
}

asio::awaitable<void> show_admission() {
    const Admission admission{.allow = {Network::parse("127.0.0.0/8")},
                              .deny = {Network::parse("127.0.1.0/24")}};
    auto acceptor = listen(co_await this_coro::executor, {});
    const tcp::endpoint server = acceptor.local_endpoint();
    fmt::print("\nserver --allow {} --deny {}\n", to_string(admission.allow[0]),
               to_string(admission.deny[0]));
    co_await show_beside(serve_echo(std::move(acceptor), Limits{}, admission),
                         call_from_two_addresses(server));
}

void show_network() {
    const auto interface = Interface::parse("123.45.67.73/27");
    const Network& network = interface.network();
    fmt::print("{} is {} on {}\n", to_string(interface), to_string(interface.address()),
               to_string(network));
    fmt::print("{} has {} addresses, {} to {}\n", to_string(network), network.num_addresses(),
               to_string(network[0]), to_string(network[-1]));
    for (const char* text : {"123.45.67.69", "123.45.67.96"}) {
        const bool yes = network.contains(Address::parse(text));
        fmt::print("  {} is {}\n", text, yes ? "in it" : "not in it");
    }
}

void show_ranges() {
    const auto network = Network::parse("12:3456:78:90ab:cd:ef01:23:30/126");
    fmt::print("{}, address by address\n", to_string(network));
    for (const Address& address : network) {
        fmt::print("  {}\n", to_string(address));
    }
    const auto everything = Network::parse("::/0");
    fmt::print("{} has {}, and the last is\n  {}\n", to_string(everything),
               everything.num_addresses(), to_string(everything[-1]));
}

void show_errors() {
    for (const char* text : {"192.168.0.1/24", "192.168.010.1", "1.2.3.256"}) {
        try {
            Network::parse_v4(text);
        } catch (const ParseError& error) {
            fmt::print("{}: {}\n", text, error.message());
        }
    }
}

}  // namespace

void demo() {
    show_network();
    show_ranges();
    show_errors();
    run(show_admission());
}

}  // namespace cookbook::cidr_addresses
