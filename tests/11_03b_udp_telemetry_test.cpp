// 11.3b, the server: what is counted, what is answered, and what is not. The other files test what
// datagrams say (…_protocol.cpp), the table of clients (…_table.cpp), groups (…_groups.cpp) and the
// clients (…_client.cpp).
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "11_03b_udp_telemetry/answerer.hpp"
#include "11_03b_udp_telemetry_server.hpp"
#include "support/allocations.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::udp_telemetry;
using namespace cookbook::testing;
using namespace std::string_literals;

namespace {

constexpr std::uint16_t own_port = 9999;
const TimePoint noon = TimePoint{} + 12h;

/// An Answerer, asked without a socket.
struct Asked {
    explicit Asked(ClientLimits limits = {}) : answerer(limits, own_port, noon) {}

    /// The reply, or "no reply".
    std::string ask(const std::string& data, std::uint16_t port = 5000, bool cut = false) {
        const udp_server::Datagram datagram{
            .data = data, .cut = cut, .route = {.peer = endpoint("192.0.2.1", port)}};
        std::string reply = "what the buffer had before";
        return answerer.answer(datagram, now, reply) ? reply : "no reply";
    }
    std::uint64_t count(const char* name) {
        return figure(to_json(answerer.statistics(now)), name);
    }

    Answerer answerer;
    TimePoint now = noon;
};

/// What is logged while it lives.
class LogLines {
public:
    LogLines() : before_(spdlog::default_logger()) {
        const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_);
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
        spdlog::set_pattern("%v");
    }
    ~LogLines() { spdlog::set_default_logger(before_); }
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;

    [[nodiscard]] std::string text() const { return lines_.str(); }

private:
    std::ostringstream lines_;
    std::shared_ptr<spdlog::logger> before_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_telemetry)

// --- Deciding, without a socket ---

BOOST_AUTO_TEST_CASE(replies_as_the_original_does) {
    Asked server;
    BOOST_TEST(server.ask(" ping\n") == "PONG");
    BOOST_TEST(server.ask("hello") == "ECHO: hello");
    BOOST_TEST(server.ask("") == "ECHO: ");
    BOOST_TEST(server.ask("\0\0\0\5"s) == "ECHO: \0\0\0\5"s);
    BOOST_TEST(server.ask("\0\0\0\x29\xff"s) == "\0\0\0\x2a"s);
    BOOST_TEST(server.ask("\xff\xff\xff\xff") == "\0\0\0\0"s, "4294967295 and 1 are 0");
    BOOST_TEST(server.ask("\xff") == "INVALID");
    BOOST_TEST(server.ask("time").size() == "2026-11-24T18:07:31.519009"s.size());
    BOOST_TEST(server.count("total_packets") == 8U);
    BOOST_TEST(server.count("invalid") == 1U);
}

BOOST_AUTO_TEST_CASE(statistics_count_the_request_for_them) {
    Asked server;
    server.now += 1500ms;
    BOOST_TEST(server.ask("STATS") ==
               R"({"total_packets": 1, "active_clients": 1, "invalid": 0, "truncated": 0, )"
               R"("ignored": 0, "limited": 0, "dropped": 0, "evicted": 0, "expired": 0, )"
               R"("uptime": 1.5})");
}

BOOST_AUTO_TEST_CASE(what_was_cut_is_invalid_and_counted) {
    Asked server;
    for (const char* beginning : {"PING", "hello", "\xff\xff\xff\xff"}) {
        BOOST_TEST(server.ask(beginning, 5000, true) == "INVALID",
                   "the datagram was longer than the buffer: what is left of it, "
                       << in_quotes(beginning) << ", is not what was sent");
    }
    BOOST_TEST(server.count("truncated") == 3U, "what was cut is counted");
    BOOST_TEST(server.count("invalid") == 0U, "a datagram is counted as truncated or as invalid");
    BOOST_TEST(server.count("total_packets") == 3U);
    BOOST_TEST(server.ask("PING") == "PONG");
    BOOST_TEST(server.count("truncated") == 3U, "this one was not cut");
}

BOOST_AUTO_TEST_CASE(what_was_dropped_is_added_up_across_the_counter_s_end) {
    Asked server;
    for (const std::uint32_t dropped : {0U, 7U, 7U, 4'294'967'290U, 4U}) {
        server.answerer.note_dropped(dropped);
    }
    const std::uint64_t count = server.count("dropped");
    BOOST_TEST(count == 4'294'967'300U,
               "the kernel's counter said 0, 7, 7, 4294967290, 4: it has begun anew after "
               "4294967295, and 4294967300 datagrams are lost, not "
                   << count);
}

BOOST_AUTO_TEST_CASE(ports_of_services_are_neither_answered_nor_clients) {
    Asked server;
    for (const std::uint16_t port : {std::uint16_t{7}, std::uint16_t{1023}, own_port}) {
        BOOST_TEST(server.ask("PING", port) == "no reply",
                   "port " << port << " may be a service's that answers, too: the two would talk "
                           << "to each other for ever");
    }
    BOOST_TEST(server.ask("PING", 1024) == "PONG");
    BOOST_TEST(server.count("ignored") == 3U);
    BOOST_TEST(server.count("active_clients") == 1U);
    BOOST_TEST(server.count("total_packets") == 4U);
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_too_much_is_limited) {
    Asked server({.rate = 2});
    for (const char* reply : {"PONG", "PONG", "no reply", "no reply"}) {
        BOOST_TEST(server.ask("PING") == reply);
    }
    BOOST_TEST(server.count("limited") == 2U);
    BOOST_TEST(server.ask("PING", 5001) == "PONG", "another client is not limited by this one");
    server.now += 500ms;
    BOOST_TEST(server.ask("PING") == "PONG");
}

BOOST_AUTO_TEST_CASE(two_servers_set_on_each_other_end_within_their_rates) {
    Asked one({.rate = 100});
    Asked other({.rate = 100});
    std::string datagram = "a forged beginning";
    int exchanged = 0;
    for (; datagram != "no reply" && exchanged < 1000; ++exchanged) {
        datagram = (exchanged % 2 == 0 ? one : other).ask(datagram);
    }
    BOOST_TEST(exchanged <= 201, "one forged datagram costs " << exchanged << " replies at once");
}

BOOST_AUTO_TEST_CASE(statistics_expire_clients_first) {
    Asked server({.expiry = 60s});
    server.ask("PING", 5000);
    server.now += 60s;
    BOOST_TEST(server.count("active_clients") == 0U);
    BOOST_TEST(server.count("expired") == 1U);
}

BOOST_AUTO_TEST_CASE(the_report_names_the_five_with_most_packets) {
    Asked server;
    for (std::uint16_t port = 5000; port < 5007; ++port) {
        for (int n = 5000; n <= port; ++n) {
            server.ask("PING", port);
        }
    }
    server.now += 1300ms;
    const std::string report = server.answerer.report(server.now);
    std::string expected = to_json(server.answerer.statistics(server.now));
    expected.back() = ',';
    expected += R"( "top": [{"address": "192.0.2.1:5006", "packets": 7, "age": 1.3}, )"
                R"({"address": "192.0.2.1:5005", "packets": 6, "age": 1.3}, )"
                R"({"address": "192.0.2.1:5004", "packets": 5, "age": 1.3}, )"
                R"({"address": "192.0.2.1:5003", "packets": 4, "age": 1.3}, )"
                R"({"address": "192.0.2.1:5002", "packets": 3, "age": 1.3}]})";
    BOOST_TEST(report == expected);
}

// --- The server ---

ASYNC_TEST_CASE(serves_ipv4_and_ipv6) {
    for (const char* host : {"127.0.0.1", "::1", "0.0.0.0", "::"}) {
        TelemetryServer server(co_await this_coro::executor, {}, {.host = host});
        const std::string asked = host == "0.0.0.0"s ? "127.0.0.1" : host == "::"s ? "::1" : host;
        udp::socket peer = open_peer(co_await this_coro::executor, asked);
        BOOST_TEST(co_await reply_to(peer, server.at(asked), "PING") == "PONG");
        server.stop();
        co_await server.join();
    }
}

ASYNC_TEST_CASE(notices_what_is_longer_than_it_takes) {
    TelemetryServer server(co_await this_coro::executor, {.max_datagram = 100});
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    BOOST_TEST(co_await reply_to(peer, server.at(), std::string(100, 'x')) ==
                   "ECHO: " + std::string(100, 'x'),
               "a datagram of just --max-datagram bytes is whole");
    for (const std::size_t size : {101U, 65'507U}) {
        BOOST_TEST(co_await reply_to(peer, server.at(), std::string(size, 'x')) == "INVALID",
                   size << " bytes were cut to 100");
    }
    BOOST_TEST(co_await reply_to(peer, server.at(), "PING") == "PONG");
    server.stop();
    const Statistics statistics = co_await server.join();
    BOOST_TEST(statistics.truncated == 2U);
    BOOST_TEST(statistics.total_packets == 4U);
}

ASYNC_TEST_CASE(answers_an_echo_as_large_as_a_datagram_can_be) {
    TelemetryServer server(co_await this_coro::executor, {.max_datagram = 65'535});
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    const std::string longest(65'501, 'x');
    BOOST_TEST((co_await reply_to(peer, server.at(), longest)).size() == 65'507U);
    BOOST_TEST(co_await reply_to(peer, server.at(), longest + 'x') == "INVALID");
    server.stop();
    BOOST_TEST((co_await server.join()).invalid == 1U);
}

ASYNC_TEST_CASE(counts_what_the_receive_buffer_had_no_room_for) {
    const auto executor = co_await this_coro::executor;
    udp::socket socket = udp_server::open_socket(executor, {}, 4096);
    const std::uint16_t port = socket.local_endpoint().port();
    udp::socket peer = connect_peer(executor, endpoint("127.0.0.1", port));
    for (int n = 0; n < 100; ++n) {
        peer.send(asio::buffer("one of a hundred"s));  // the server does not run yet
    }
    TelemetryServer server(std::move(socket), {});
    co_await settle();
    udp::socket asking = connect_peer(executor, server.at());
    const std::string statistics = co_await reply_to(asking, server.at(), "STATS");
    const std::uint64_t total = figure(statistics, "total_packets");
    const std::uint64_t dropped = figure(statistics, "dropped");
    BOOST_TEST(dropped > 0U,
               "a buffer of 4 KiB cannot hold 100 datagrams, but none is said to "
               "have been dropped");
    BOOST_TEST(total + dropped == 101U,
               "101 datagrams were sent, " << total << " received and " << dropped << " dropped");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(is_not_set_on_its_twin) {
    TelemetryServer server(co_await this_coro::executor);
    udp::socket twin = open_peer(co_await this_coro::executor, "127.0.0.9", server.port());
    udp::socket peer = open_peer(co_await this_coro::executor, "127.0.0.9");
    twin.send_to(asio::buffer("PING"s), server.at());
    const std::string statistics = co_await reply_to(peer, server.at(), "STATS");
    BOOST_TEST(!has_arrived(twin), "a datagram from the server's own port was answered");
    BOOST_TEST(figure(statistics, "ignored") == 1U);
    BOOST_TEST(figure(statistics, "active_clients") == 1U, "who is ignored is not a client");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(goes_on_when_peers_vanish_and_replies_cannot_be_sent) {
    TelemetryServer server(co_await this_coro::executor);
    for (int n = 0; n < 5; ++n) {
        udp::socket gone = open_peer(co_await this_coro::executor);
        gone.send_to(asio::buffer("PING"s), server.at());
    }
    const FailCalls fail(Call::sendmmsg, ENOBUFS, 3);
    co_await settle();
    udp::socket peer = open_peer(co_await this_coro::executor);
    BOOST_TEST(co_await reply_to(peer, server.at(), "PING") == "PONG");
    BOOST_TEST(fail.struck() == 3);
    server.stop();
    BOOST_TEST((co_await server.join()).total_packets == 6U);
}

ASYNC_TEST_CASE(answers_what_had_come_before_the_order_to_stop) {
    TelemetryServer server(co_await this_coro::executor);
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    co_await settle();  // it waits for datagrams
    for (int n = 0; n < 200; ++n) {
        peer.send(asio::buffer("PING"s));
    }
    server.stop();
    BOOST_TEST((co_await server.join()).total_packets == 200U,
               "what lay in the receive buffer when the server was stopped is to be answered");
    BOOST_TEST(co_await receive(peer, "a reply") == "PONG");
}

ASYNC_TEST_CASE(a_flood_does_not_keep_it_from_stopping) {
    TelemetryServer server(co_await this_coro::executor, {.drain_timeout = 0s});
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    co_await settle();
    for (int n = 0; n < 200; ++n) {
        peer.send(asio::buffer("PING"s));
    }
    server.stop();
    BOOST_TEST((co_await server.join()).total_packets <= 64U,
               "the drain is over, but the server goes on as long as datagrams come");
}

ASYNC_TEST_CASE(logs_its_statistics_again_and_again) {
    const LogLines log;
    TelemetryServer server(co_await this_coro::executor, {.every = 10s});
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    co_await reply_to(peer, server.at(), "PING");
    BOOST_TEST(log.text().empty());
    co_await advance(10s);
    const std::string first = log.text();
    BOOST_TEST(std::ranges::count(first, '\n') == 1, "after ten seconds there is one line");
    BOOST_TEST(first.starts_with("statistics {\"total_packets\": 1, \"active_clients\": 1"), first);
    BOOST_TEST(first.ends_with("}]}\n"), first);
    co_await advance(120s);
    const std::string second = log.text().substr(first.size());
    BOOST_TEST(std::ranges::count(second, '\n') == 1);
    BOOST_TEST(second.find("\"active_clients\": 0") != std::string::npos,
               "who was silent for a minute is forgotten though nobody else has sent: " << second);
    BOOST_TEST(second.find("\"top\": []}") != std::string::npos, second);
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(a_full_server_allocates_nothing_for_a_datagram) {
    TelemetryServer server(co_await this_coro::executor, {.clients = {.max_clients = 5}});
    std::vector<udp::socket> peers;
    for (int n = 0; n < 20; ++n) {
        peers.push_back(open_peer(co_await this_coro::executor));
    }
    const auto send_all_of_them = [&] {
        for (udp::socket& peer : peers) {
            peer.send_to(asio::buffer("something to be echoed"s), server.at());
        }
    };
    for (int n = 0; n < 3; ++n) {  // Asio, and the replies, keep what the first ones needed
        send_all_of_them();
        co_await settle();
    }
    const CountAllocations allocations;
    send_all_of_them();
    const std::uint64_t of_the_test = allocations.count();
    co_await settle();
    const std::uint64_t count = allocations.count() - of_the_test;
    BOOST_TEST(count < 10U,
               "20 datagrams of clients that are not known cost " << count << " allocations");
    server.stop();
    const Statistics statistics = co_await server.join();
    BOOST_TEST(statistics.total_packets == 80U);
    BOOST_TEST(statistics.active_clients == 5U);
}

ASYNC_TEST_CASE(answers_64_datagrams_with_two_system_calls) {
    const auto executor = co_await this_coro::executor;
    udp::socket socket = udp_server::open_socket(executor, {});
    udp::socket peer = connect_peer(executor, socket.local_endpoint());
    for (int n = 0; n < 64; ++n) {
        peer.send(asio::buffer("PING"s));
    }
    const CountCalls calls(Where::descriptor(socket.native_handle()));
    TelemetryServer server(std::move(socket), {});
    co_await settle();
    BOOST_TEST(calls[Call::recvmmsg] == 1U);
    BOOST_TEST(calls[Call::sendmmsg] == 1U);
    server.stop();
    BOOST_TEST((co_await server.join()).total_packets == 64U);
}

ASYNC_TEST_CASE(ends_though_it_was_stopped_before_it_began) {
    TelemetryServer server(co_await this_coro::executor);
    server.stop();
    BOOST_TEST((co_await server.join()).total_packets == 0U);
}

ASYNC_TEST_CASE(gives_back_every_descriptor) {
    const std::size_t before = open_descriptors();
    {
        TelemetryServer server(co_await this_coro::executor);
        udp::socket peer = open_peer(co_await this_coro::executor);
        co_await reply_to(peer, server.at(), "PING");
        server.stop();
        co_await server.join();
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()
