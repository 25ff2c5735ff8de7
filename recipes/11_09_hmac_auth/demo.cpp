#include "demo.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "challenge.hpp"
#include "client.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/demo.hpp"
#include "common/net/tcp.hpp"
#include "echo.hpp"
#include "relay.hpp"

namespace cookbook::hmac_auth {
namespace {

Mac mac_of(const char* key) {
    return Mac(Key(key), Digest::sha256);
}

HostPort address_of(const tcp::acceptor& acceptor) {
    return {.port = acceptor.local_endpoint().port()};
}

asio::awaitable<void> pay(HostPort server, const char* key, Options options) {
    fmt::print("  sent \"pay 100\", received \"");
    try {
        co_await talk(std::move(server), mac_of(key), options, "pay 100", stdout, 5s);
        fmt::print("\"\n");
    } catch (const std::exception& failure) {
        fmt::print("\": {}\n", describe(failure));
    }
}

asio::awaitable<void> pay_through_relay(HostPort server, const char* key, Options options) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen(executor, {});
    const HostPort address = address_of(acceptor);
    TaskGroup group(executor);
    group.spawn(relay(std::move(acceptor), std::move(server)));
    group.spawn(pay(address, key, options));
    co_await group.join();
}

asio::awaitable<void> pay_in_all_ways(HostPort server, Options options) {
    fmt::print("with the key:\n");
    co_await pay(server, "peekaboo", options);
    fmt::print("with another key:\n");
    co_await pay(server, "a guess", options);
    fmt::print("with the key, through a relay that does not know it:\n");
    co_await pay_through_relay(server, "peekaboo", options);
}

asio::awaitable<void> show(const char* form, Options options) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    const HostPort server = address_of(acceptor);
    fmt::print("{}, listening on {}\n", form, to_string(server));
    co_await show_beside(serve_echo(std::move(acceptor), mac_of("peekaboo"), options, Limits{}),
                         pay_in_all_ways(server, options));
}

/// A server that asks its client for the MAC of what it likes.
asio::awaitable<void> ask_client(tcp::acceptor acceptor, std::string question) {
    tcp::socket client = co_await acceptor.async_accept(use_awaitable);
    co_await asio::async_write(client, asio::buffer(question), use_awaitable);
    Mac mac = mac_of("peekaboo");
    Mac::Value response(mac.size(), '\0');
    co_await asio::async_read(client, asio::buffer(response), use_awaitable);
    fmt::print("  \"{}\" is {}\n", question,
               is_equal(mac(question), response) ? "signed" : "not signed");
}

asio::awaitable<void> show_oracle() {
    fmt::print("a client of the plain form, asked by a false server:\n");
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen(executor, {});
    SocketStream stream(co_await connect(address_of(acceptor)));
    TaskGroup group(executor);
    group.spawn(ask_client(std::move(acceptor), "I promise to pay 900. The client"));
    group.spawn(authenticate_to_server(stream, mac_of("peekaboo"), {}));
    co_await group.join();
}

}  // namespace

asio::awaitable<void> demo() {
    co_await show("plain", {});
    fmt::print("\n");
    co_await show("mutual", {.mutual = true});
    fmt::print("\n");
    co_await show_oracle();
}

}  // namespace cookbook::hmac_auth
