// 11.3b, the clients: of our server, and of peers that the test plays.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "11_03b_udp_telemetry/options.hpp"
#include "11_03b_udp_telemetry_server.hpp"
#include "common/async/describe.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::udp_telemetry;
using namespace cookbook::testing;
using namespace std::string_literals;

namespace {

const std::string demo_group_of_tests = "239.255.77.3";

/// A server that has joined the group, on loopback.
udp::socket open_member_socket(const asio::any_io_executor& executor, const std::string& host) {
    return open_server_socket(executor, {.address = {.host = host},
                                         .groups = {to_group(demo_group_of_tests)},
                                         .route = {.interface = "127.0.0.1"}});
}

/// What it throws, or "nothing".
asio::awaitable<std::string> failure_of(asio::awaitable<void> operation) {
    try {
        co_await std::move(operation);
    } catch (const std::exception& failure) {
        co_return describe(failure);
    }
    co_return "nothing";
}

/// One line, "listening on ADDRESS:PORT", and the port of it.
std::uint16_t port_of_listener(const Output& output) {
    const std::string text = output.text();
    return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_telemetry)

// --- Asking ---

ASYNC_TEST_CASE(asks_texts_first_then_numbers) {
    TelemetryServer server(co_await this_coro::executor);
    const Output output;
    const HostPort address{"127.0.0.1", server.port()};
    co_await ask(address, {"PING", " two words ", ""}, {41, 0, 4'294'967'295}, {}, output.file());
    BOOST_TEST(output.text() == "PONG\nECHO: two words\nECHO: \n42\n1\n0\n");
    const Output nothing_asked;
    co_await ask(address, {}, {}, {}, nothing_asked.file());
    BOOST_TEST(nothing_asked.text() == "PONG\n");
    server.stop();
    BOOST_TEST((co_await server.join()).active_clients == 7U, "each request has a port of its own");
}

ASYNC_TEST_CASE(prints_a_reply_on_one_line) {
    TelemetryServer server(co_await this_coro::executor);
    const Output output;
    co_await ask({"127.0.0.1", server.port()}, {"two\nlines\x1b[2J"}, {}, {}, output.file());
    BOOST_TEST(output.text() == "ECHO: two\\x0alines\\x1b[2J\n");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(asks_again_from_another_port) {
    udp::socket server = open_peer(co_await this_coro::executor);
    const Output output;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(ask({"127.0.0.1", server.local_endpoint().port()}, {"PING"}, {}, {.timeout = 60s},
                    output.file()));
    const Arrival first = co_await receive_from(server, "a request");
    co_await advance(61s);
    const Arrival second = co_await receive_from(server, "a second attempt");
    BOOST_TEST(second.data == "PING");
    BOOST_TEST(second.from.port() != first.from.port());
    server.send_to(asio::buffer("PONG"s), second.from);
    co_await group.join();
    BOOST_TEST(output.text() == "PONG\n");
}

ASYNC_TEST_CASE(a_number_is_answered_by_four_bytes_only) {
    udp::socket server = open_peer(co_await this_coro::executor);
    const Output output;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(ask({"127.0.0.1", server.local_endpoint().port()}, {}, {41}, {.timeout = 60s},
                    output.file()));
    const Arrival request = co_await receive_from(server, "a request");
    for (const auto& reply : {"INVALID"s, ""s, "\0\0\x2a"s, "\0\0\0\x2a\0"s, "\0\0\0\x2a"s}) {
        server.send_to(asio::buffer(reply), request.from);
    }
    co_await group.join();
    BOOST_TEST(output.text() == "42\n");
}

// --- Discovering ---

ASYNC_TEST_CASE(discovers_each_member_once) {
    const auto executor = co_await this_coro::executor;
    for (const auto& address : {demo_group_of_tests, "127.255.255.255"s}) {
        TelemetryServer server(open_member_socket(executor, "0.0.0.0"), {});
        const Output output;
        TaskGroup group(executor);
        group.spawn(discover({address, server.port(), "127.0.0.1"}, 60s, output.file()));
        co_await settle();
        co_await settle();
        BOOST_TEST(output.text() == "127.0.0.1:" + std::to_string(server.port()) + '\n',
                   "a member is printed as soon as it has answered, and once");
        co_await advance(61s);
        co_await group.join();
        server.stop();
        co_await server.join();
    }
}

ASYNC_TEST_CASE(discovers_only_those_that_answer_pong) {
    const auto executor = co_await this_coro::executor;
    udp::socket member = open_member_socket(executor, "0.0.0.0");
    const std::uint16_t port = member.local_endpoint().port();
    const Output output;
    TaskGroup group(executor);
    group.spawn(discover({demo_group_of_tests, port, "127.0.0.1"}, 60s, output.file()));
    const Arrival ping = co_await receive_from(member, "a PING to the group");
    BOOST_TEST(ping.data == "PING");
    udp::socket elsewhere = open_peer(executor, "127.0.0.7");
    for (const auto& reply : {"pong"s, ""s, "PONG\n"s, "ECHO: PING"s, std::string(65'507, 'x')}) {
        member.send_to(asio::buffer(reply), ping.from);
    }
    for (int n = 0; n < 3; ++n) {
        elsewhere.send_to(asio::buffer("PONG"s), ping.from);
    }
    co_await settle();
    BOOST_TEST(output.text() == to_string(elsewhere.local_endpoint()) + '\n',
               "three PONGs of one address are one server; other datagrams are none");
    co_await advance(61s);
    co_await group.join();
}

ASYNC_TEST_CASE(says_that_nobody_has_answered) {
    const Output output;
    TaskGroup group(co_await this_coro::executor);
    std::string error;
    group.spawn([](const Output& to, std::string& failure) -> asio::awaitable<void> {
        failure =
            co_await failure_of(discover({demo_group_of_tests, 9, "127.0.0.1"}, 60s, to.file()));
    }(output, error));
    co_await settle();
    co_await advance(61s);
    co_await group.join();
    BOOST_TEST(error == "discover 239.255.77.3:9: nobody has answered");
    BOOST_TEST(output.text().empty());
}

ASYNC_TEST_CASE(a_discovery_is_cancelled_while_it_waits) {
    TaskGroup group(co_await this_coro::executor);
    const Output output;
    group.spawn(discover({demo_group_of_tests, 9, "127.0.0.1"}, 60s, output.file()));
    co_await settle();
    group.cancel();
    BOOST_TEST((co_await failure_of(group.join())).ends_with("Operation canceled"));
}

// --- Listening ---

ASYNC_TEST_CASE(listens_to_a_group_and_to_nothing_else) {
    const auto executor = co_await this_coro::executor;
    const Output output;
    TaskGroup group(executor);
    group.spawn(listen({demo_group_of_tests, 0, "127.0.0.1"}, 2, output.file()));
    co_await settle();
    const std::string first_line = output.text();
    const std::uint16_t port = port_of_listener(output);
    BOOST_TEST(first_line ==
               "listening on " + demo_group_of_tests + ':' + std::to_string(port) + '\n');
    udp::socket sender = open_peer(executor);
    set_route(sender, {.interface = "127.0.0.1"});
    udp::socket another = udp_server::open_socket(executor, {.host = "0.0.0.0"});
    join(another, to_group("239.255.77.4"), "127.0.0.1");
    sender.send_to(asio::buffer("to another group"s), endpoint("239.255.77.4", port));
    sender.send_to(asio::buffer("to one address"s), endpoint("127.0.0.1", port));
    sender.send_to(asio::buffer("to the group\n"s), endpoint(demo_group_of_tests, port));
    sender.send_to(asio::buffer(""s), endpoint(demo_group_of_tests, port));
    const Waiting waiting("the listener to end after two datagrams");
    co_await group.join();
    const std::string from = to_string(sender.local_endpoint());
    BOOST_TEST(output.text() == first_line + from + " to the group\\x0a\n" + from + " \n");
}

ASYNC_TEST_CASE(several_may_listen) {
    const auto executor = co_await this_coro::executor;
    const Output first;
    const Output second;
    TaskGroup group(executor);
    group.spawn(listen({demo_group_of_tests, 0, "127.0.0.1"}, 1, first.file()));
    co_await settle();
    const std::uint16_t port = port_of_listener(first);
    group.spawn(listen({demo_group_of_tests, port, "127.0.0.1"}, 1, second.file()));
    co_await settle();
    udp::socket sender = open_peer(executor);
    set_route(sender, {.interface = "127.0.0.1"});
    sender.send_to(asio::buffer("to both"s), endpoint(demo_group_of_tests, port));
    co_await group.join();
    BOOST_TEST(first.text() == second.text());
    BOOST_TEST(second.text().ends_with(" to both\n"));
}

ASYNC_TEST_CASE(listens_to_broadcasts) {
    const auto executor = co_await this_coro::executor;
    const Output output;
    TaskGroup group(executor);
    group.spawn(listen({"127.255.255.255", 0, ""}, 1, output.file()));
    co_await settle();
    const std::uint16_t port = port_of_listener(output);
    udp::socket sender = open_peer(executor);
    sender.set_option(udp::socket::broadcast(true));
    sender.send_to(asio::buffer("to one address"s), endpoint("127.0.0.1", port));
    sender.send_to(asio::buffer("to all"s), endpoint("127.255.255.255", port));
    co_await group.join();
    BOOST_TEST(output.text().ends_with(" to all\n"));
}

ASYNC_TEST_CASE(says_why_it_cannot_listen) {
    const Output output;
    BOOST_TEST(co_await failure_of(listen({"239.255.77.3", 9999, "nonsense"}, 1, output.file())) ==
               "interface nonsense: No such device");
    BOOST_TEST(co_await failure_of(listen({"198.51.100.255", 9999, ""}, 1, output.file())) ==
               "listen to 198.51.100.255:9999: Cannot assign requested address");
    BOOST_TEST(output.text().empty());
}

BOOST_AUTO_TEST_SUITE_END()
