// The echo server of recipe 11.4 under faults, with silent, slow, refused and too many clients, and
// when it is stopped.
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "11_04_cidr_addresses/server/echo.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;
namespace cidr = cookbook::cidr_addresses;

const cidr::Admission everybody;

/// A server in a group; co_await stop() joins it.
struct Server {
    Server(tcp::acceptor acceptor, Limits limits, cidr::Admission admission)
        : group(acceptor.get_executor()), endpoint(acceptor.local_endpoint()) {
        group.spawn(cidr::serve_echo(std::move(acceptor), limits, std::move(admission)));
    }
    asio::awaitable<void> stop() {
        group.cancel();
        co_await group.join();
    }
    TaskGroup group;
    tcp::endpoint endpoint;
};

asio::awaitable<tcp::socket> connect_and_talk(const Server& server) {
    tcp::socket client = co_await connect_to(server.endpoint);
    co_await send_all(client, std::string("hello"));
    co_await expect(client, "hello", "an echo server echoes");
    co_return client;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cidr_addresses_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    Server server(listen_v4(co_await this_coro::executor),
                  {.idle_timeout = 20s, .drain_timeout = 1s}, everybody);
    const auto exchange = [](tcp::endpoint endpoint,
                             std::chrono::milliseconds limit) -> asio::awaitable<bool> {
        const std::string response =
            co_await cidr::call_echo(endpoint, asio::ip::make_address("127.0.0.1"), "hello", limit);
        if (response.size() < 5) {
            throw std::runtime_error("the response is short");
        }
        co_return response == "hello";
    };
    co_await survive_faults(server.endpoint, {.request_size = 5, .reply_size = 5}, exchange);
    co_await server.stop();
}

ASYNC_TEST_CASE(echoes_over_ipv6) {
    Server server(listen_v6(co_await this_coro::executor), {}, everybody);
    const std::string response =
        co_await cidr::call_echo(server.endpoint, asio::ip::make_address("::1"), "hello");
    BOOST_TEST(response == "hello");
    co_await server.stop();
}

ASYNC_TEST_CASE(disconnects_a_refused_peer_before_reading) {
    Server server(listen_v4(co_await this_coro::executor), {},
                  {.allow = {cidr::Network::parse("10.0.0.0/8")}, .deny = {}});
    tcp::socket client = co_await connect_to(server.endpoint);
    co_await expect_eof(client, "127.0.0.1 is not in 10.0.0.0/8");
    co_await server.stop();
}

ASYNC_TEST_CASE(disconnects_a_silent_peer) {
    Server server(listen_v4(co_await this_coro::executor), {.idle_timeout = 60s}, everybody);
    tcp::socket client = co_await connect_and_talk(server);
    co_await advance(61s);
    co_await expect_eof(client, "the peer was silent for longer than idle_timeout");
    co_await server.stop();
}

ASYNC_TEST_CASE(a_client_that_never_reads_costs_no_memory_and_is_disconnected) {
    Server server(listen_v4(co_await this_coro::executor), {.idle_timeout = 60s}, everybody);
    tcp::socket client = co_await connect_to(server.endpoint);
    client.non_blocking(true);
    const std::string block(1 << 16, 'x');
    std::size_t taken = 0;
    for (int quiet = 0; quiet < 3;) {  // until the server takes no more
        error_code error;
        const std::size_t sent = client.write_some(asio::buffer(block), error);
        taken += error ? 0 : sent;
        quiet = error ? quiet + 1 : 0;
        co_await settle();
    }
    BOOST_TEST(taken < 64U << 20,
               "the server buffers " << taken << " bytes for a client that reads nothing");
    co_await advance(61s);
    const Received rest = co_await receive_to_end(client);
    BOOST_TEST(rest.data.size() < taken);
    co_await server.stop();
}

ASYNC_TEST_CASE(clients_beyond_the_limit_wait) {
    Server server(listen_v4(co_await this_coro::executor), {.max_connections = 1}, everybody);
    tcp::socket first = co_await connect_to(server.endpoint);
    co_await send_all(first, std::string("1"));
    co_await expect(first, "1", "the first client is served");
    tcp::socket second = co_await connect_to(server.endpoint);
    co_await send_all(second, std::string("2"));
    co_await settle();
    BOOST_TEST(second.available() == 0U, "a second client is served beyond --max-connections 1");
    first.close();
    co_await expect(second, "2", "the second client's turn has come");
    second.close();
    co_await server.stop();
}

ASYNC_TEST_CASE(stops_with_clients_connected) {
    Server server(listen_v4(co_await this_coro::executor), {.drain_timeout = 50ms}, everybody);
    tcp::socket client = co_await connect_and_talk(server);
    co_await server.stop();
    co_await expect_eof(client, "drain_timeout has passed");
}

BOOST_AUTO_TEST_SUITE_END()
