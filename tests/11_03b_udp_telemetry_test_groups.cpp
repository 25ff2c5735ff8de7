// 11.3b, groups and broadcasts, over loopback. IPv6 groups are unreachable on it without a route:
// what can be seen of them are the options of a socket.
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "11_03b_udp_telemetry/options.hpp"
#include "11_03b_udp_telemetry_server.hpp"
#include "support/says.hpp"

using namespace cookbook;
using namespace cookbook::udp_telemetry;
using namespace cookbook::testing;
using namespace std::string_literals;

namespace {

const std::string our_group = "239.255.77.1";
const std::string other_group = "239.255.77.2";

int option(udp::socket& socket, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(socket.native_handle(), level, name, &value, &size);
    return value;
}

ServerSettings member(const std::string& host = "0.0.0.0") {
    return {.address = {.host = host},
            .groups = {to_group(our_group)},
            .route = {.interface = "127.0.0.1"}};
}

/// A socket that sends to groups by loopback.
udp::socket open_sender(const asio::any_io_executor& executor) {
    udp::socket socket = open_peer(executor);
    set_route(socket, {.interface = "127.0.0.1"});
    return socket;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_telemetry)

// --- Names ---

BOOST_AUTO_TEST_CASE(knows_the_address_of_a_group) {
    for (const char* text : {"224.0.0.1", "239.255.255.255", "ff02::1", "ff15::abcd"}) {
        BOOST_TEST(to_group(text).is_multicast());
    }
    for (const char* text : {"", "x", "127.0.0.1", "240.0.0.1", "::1", "239.1.2", "239.1.2.3:99"}) {
        BOOST_CHECK_THROW(to_group(text), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_CASE(reads_an_address_with_a_port) {
    BOOST_TEST(to_endpoint("239.1.2.3:9999") == endpoint("239.1.2.3", 9999));
    BOOST_TEST(to_endpoint("[ff15::1]:1") == endpoint("ff15::1", 1));
    BOOST_TEST(to_endpoint("127.255.255.255:65535") == endpoint("127.255.255.255", 65'535));
    for (const char* text :
         {"", ":", "239.1.2.3", "239.1.2.3:", "239.1.2.3:0", "239.1.2.3:65536", "239.1.2.3:1x",
          "239.1.2.3:-1", ":9999", "ff15::1:9999", "[ff15::1]", "[]:1", "name:1", "239.1.2.3: 1"}) {
        BOOST_CHECK_THROW(to_endpoint(text), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_CASE(only_a_server_on_the_wildcard_address_can_join) {
    const asio::ip::address v4 = to_group(our_group);
    const asio::ip::address v6 = to_group("ff15::1");
    BOOST_TEST(can_join("0.0.0.0", v4));
    BOOST_TEST(can_join("::", v4), "\"::\" takes IPv4, too");
    BOOST_TEST(can_join("::", v6));
    BOOST_TEST(!can_join("0.0.0.0", v6));
    for (const char* host : {"127.0.0.1", "::1", "192.0.2.1", "localhost", ""}) {
        BOOST_TEST(!can_join(host, v4), host << " is not the address of a group: the kernel would "
                                                "pass nothing on");
    }
}

BOOST_AUTO_TEST_CASE(a_beacon_is_sent_where_the_server_s_address_reaches) {
    const asio::ip::address v4 = to_group(our_group);
    const asio::ip::address v6 = to_group("ff15::1");
    for (const char* host : {"127.0.0.1", "0.0.0.0"}) {
        BOOST_TEST(can_send(host, v4));
        BOOST_TEST(!can_send(host, v6), "IPv4 does not reach IPv6: each beacon would fail");
    }
    BOOST_TEST(can_send("::", v4), "\"::\" sends to IPv4, too");
    BOOST_TEST(can_send("::", v6));
    BOOST_TEST(can_send("::1", v6));
    BOOST_TEST(!can_send("::1", v4));
    BOOST_TEST(can_send("localhost", v6), "whatever it stands for");
}

BOOST_AUTO_TEST_CASE(refuses_a_beacon_that_can_never_be_sent) {
    ServerSettings settings;
    CLI::App server;
    add_server_options(server, settings);
    server.parse("--beacon [ff15::1]:9998");
    BOOST_CHECK_EXCEPTION(check(settings), CLI::ValidationError,
                          says("--beacon: [ff15::1]:9998: a server bound to 127.0.0.1 cannot send "
                               "to this address; use --host ::"));
}

BOOST_AUTO_TEST_CASE(takes_its_options_in_any_order) {
    ServerSettings settings;
    CLI::App server;
    add_server_options(server, settings);
    std::istringstream file("join=\"239.255.77.1\"\nbeacon=\"[ff15::1]:9998\"\nhost=\"::\"\n");
    server.parse_from_stream(file);  // which handles each line at once
    BOOST_CHECK_NO_THROW(check(settings));
    BOOST_TEST(settings.groups.size() == 1U);
    BOOST_TEST(settings.options.beacon.has_value());
}

BOOST_AUTO_TEST_CASE(listens_for_one_datagram_at_least) {
    AudienceSettings settings;
    CLI::App listener;
    add_listen_options(listener, settings);
    const auto is_short = [](const CLI::ValidationError& refusal) {  // without 309 digits
        return std::string(refusal.what()).size() < 100;
    };
    BOOST_CHECK_EXCEPTION(listener.parse(our_group + " --count 0"), CLI::ValidationError, is_short);
}

// --- Being a member ---

ASYNC_TEST_CASE(answers_a_group_from_its_own_address) {
    const auto executor = co_await this_coro::executor;
    for (const char* host : {"0.0.0.0", "::"}) {
        TelemetryServer server(open_server_socket(executor, member(host)), {});
        udp::socket sender = open_sender(executor);
        sender.send_to(asio::buffer("PING"s), server.at(our_group));
        const Arrival reply = co_await receive_from(
            sender, "a reply of the server on "s + host + ", which has joined the group");
        BOOST_TEST(reply.data == "PONG");
        BOOST_TEST(reply.from == server.at(), "a group's address cannot be the source of a reply");
        server.stop();
        co_await server.join();
    }
}

ASYNC_TEST_CASE(answers_the_groups_that_it_has_joined_only) {
    const auto executor = co_await this_coro::executor;
    TelemetryServer server(open_server_socket(executor, member()), {});
    udp::socket another = udp_server::open_socket(executor, {.host = "0.0.0.0"});
    join(another, to_group(other_group), "127.0.0.1");  // the machine is a member
    udp::socket sender = open_sender(executor);
    sender.send_to(asio::buffer("PING"s), server.at(other_group));
    co_await settle();
    BOOST_TEST(!has_arrived(sender), "another program has joined "
                                         << other_group << ", the server has not: yet it has "
                                         << "answered (ip(7), IP_MULTICAST_ALL)");
    BOOST_TEST(co_await reply_to(sender, server.at(our_group), "PING") == "PONG");
    server.stop();
    BOOST_TEST((co_await server.join()).total_packets == 1U);
}

ASYNC_TEST_CASE(is_a_member_on_the_interface_that_it_was_given) {
    const auto executor = co_await this_coro::executor;
    for (const char* interface : {"127.0.0.1", "lo"}) {
        ServerSettings settings = member();
        settings.route.interface = interface;
        TelemetryServer server(open_server_socket(executor, settings), {});
        udp::socket sender = open_sender(executor);
        BOOST_TEST(co_await reply_to(sender, server.at(our_group), "PING") == "PONG");
        server.stop();
        co_await server.join();
    }
}

ASYNC_TEST_CASE(answers_broadcasts) {
    const auto executor = co_await this_coro::executor;
    TelemetryServer server(executor, {}, {.host = "0.0.0.0"});
    udp::socket sender = open_sender(executor);
    sender.send_to(asio::buffer("PING"s), server.at("127.255.255.255"));
    const Arrival reply = co_await receive_from(sender, "a reply to a broadcast");
    BOOST_TEST(reply.data == "PONG");
    BOOST_TEST(reply.from == server.at());
    server.stop();
    co_await server.join();
}

BOOST_AUTO_TEST_CASE(an_interface_that_does_not_exist_is_an_error) {
    asio::io_context context;
    udp::socket socket = udp_server::open_socket(context.get_executor(), {.host = "0.0.0.0"});
    const auto no_device = says("interface nonsense: No such device");
    BOOST_CHECK_EXCEPTION(set_route(socket, {.interface = "nonsense"}), std::system_error,
                          no_device);
    BOOST_CHECK_EXCEPTION(join(socket, to_group(our_group), "nonsense"), std::system_error,
                          no_device);
    BOOST_CHECK_EXCEPTION(join(socket, to_group(our_group), "192.0.2.200"), std::system_error,
                          says("join 239.255.77.1: No such device"));
}

// --- Sending to many ---

BOOST_AUTO_TEST_CASE(sets_the_route_of_what_it_sends_to_groups) {
    asio::io_context context;
    for (const char* host : {"0.0.0.0", "::"}) {
        udp::socket socket = udp_server::open_socket(context.get_executor(), {.host = host});
        set_route(socket, {.interface = "lo", .ttl = 7, .loop = false});
        BOOST_TEST(option(socket, SOL_SOCKET, SO_BROADCAST) == 1);
        BOOST_TEST(option(socket, IPPROTO_IP, IP_MULTICAST_TTL) == 7,
                   "the TTL says how many routers may pass a datagram on");
        BOOST_TEST(option(socket, IPPROTO_IP, IP_MULTICAST_LOOP) == 0);
        if (host == "::"s) {
            BOOST_TEST(option(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS) == 7);
            BOOST_TEST(option(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP) == 0);
            BOOST_TEST(option(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF) == 1, "lo is number 1");
        }
        set_route(socket, {.interface = "127.0.0.1"});
        BOOST_TEST(option(socket, IPPROTO_IP, IP_MULTICAST_TTL) == 1);
        BOOST_TEST(option(socket, IPPROTO_IP, IP_MULTICAST_LOOP) == 1);
        BOOST_TEST(option(socket, IPPROTO_IP, IP_MULTICAST_IF) ==
                   static_cast<int>(htonl(0x7f000001)));
    }
}

BOOST_AUTO_TEST_CASE(joins_ipv6_groups_by_the_name_of_an_interface) {
    asio::io_context context;
    udp::socket socket = udp_server::open_socket(context.get_executor(), {.host = "::"});
    take_joined_groups_only(socket);
    BOOST_TEST(option(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL) == 0);
    join(socket, to_group("ff15::7701"), "lo");
    BOOST_CHECK_EXCEPTION(join(socket, to_group("ff15::7701"), "lo"), std::system_error,
                          says("join ff15::7701: Address already in use"));
}

ASYNC_TEST_CASE(a_beacon_tells_the_group_the_statistics) {
    const auto executor = co_await this_coro::executor;
    for (const char* host : {"127.0.0.1", "0.0.0.0", "::"}) {
        udp::socket listener(executor, udp::v4());
        listener.bind(endpoint(our_group, 0));
        join(listener, to_group(our_group), "127.0.0.1");
        const ServerSettings settings{.address = {.host = host},
                                      .route = {.interface = "127.0.0.1"}};
        TelemetryServer server(open_server_socket(executor, settings),
                               {.every = 10s, .beacon = listener.local_endpoint()});
        co_await advance(10s);
        const Arrival beacon = co_await receive_from(listener, "the beacon of the server");
        BOOST_TEST(beacon.data.starts_with("{\"total_packets\": 0, "), beacon.data);
        BOOST_TEST(beacon.data.find("top") == std::string::npos);
        BOOST_TEST(beacon.from == server.at(), "it comes from where the server can be asked");
        server.stop();
        co_await server.join();
    }
}

ASYNC_TEST_CASE(a_beacon_may_be_a_broadcast) {
    const auto executor = co_await this_coro::executor;
    udp::socket listener(executor, endpoint("127.255.255.255", 0));
    TelemetryServer server(open_server_socket(executor, {.address = {.host = "0.0.0.0"}}),
                           {.every = 10s, .beacon = listener.local_endpoint()});
    co_await advance(10s);
    const std::string beacon = co_await receive(listener, "a beacon that is a broadcast");
    BOOST_TEST(beacon.starts_with("{\"total_packets\": 0, "), beacon);
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(a_beacon_that_cannot_be_sent_does_not_end_the_server) {
    const auto executor = co_await this_coro::executor;
    TelemetryServer server(open_server_socket(executor, {}),
                           {.every = 10s, .beacon = endpoint("ff15::1", 9999)});
    co_await advance(10s);
    udp::socket peer = open_peer(executor);
    BOOST_TEST(co_await reply_to(peer, server.at(), "PING") == "PONG");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(its_own_beacon_is_not_answered) {
    const auto executor = co_await this_coro::executor;
    udp::socket socket = open_server_socket(executor, member());
    const std::uint16_t port = socket.local_endpoint().port();
    TelemetryServer server(std::move(socket), {.every = 10s, .beacon = endpoint(our_group, port)});
    co_await advance(10s);
    co_await advance(10s);
    server.stop();
    const Statistics statistics = co_await server.join();
    BOOST_TEST(statistics.total_packets == 2U);
    BOOST_TEST(statistics.ignored == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
