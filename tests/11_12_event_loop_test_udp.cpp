// 11.12, the services over UDP, on all four loops; and how a number is asked for, without a socket.
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "11_12_event_loop/ask.hpp"
#include "11_12_event_loop/fibonacci.hpp"
#include "11_12_event_loop/options.hpp"
#include "11_12_event_loop_server.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::event_loop;
using namespace cookbook::testing;

namespace {

asio::awaitable<std::string> reply_to(udp::endpoint service, std::string request) {
    udp::socket peer = connect_peer(co_await this_coro::executor, service);
    peer.send(asio::buffer(request));
    co_return co_await receive(peer, "the reply to " + in_quotes(request));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_loop)

CASES_FOR_ALL_LOOPS(tell_the_time) {
    for (const std::string& request :
         {std::string(), std::string("what time is it?"), std::string(65'507, 'x')}) {
        const std::string reply = co_await reply_to(server.time(), request);
        BOOST_TEST(udp_server::is_time(reply), "not the time: " << in_quotes(reply));
    }
}

CASES_FOR_ALL_LOOPS(echo_datagrams_of_any_size) {
    for (const std::size_t size : {0U, 1U, 8192U, 8193U, 65'507U}) {
        const std::string request(size, 'x');
        BOOST_TEST((co_await reply_to(server.udp_echo(), request) == request),
                   "a datagram of " << size << " bytes came back changed");
    }
}

CASES_FOR_ALL_LOOPS(answer_many_datagrams_at_once) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.udp_echo());
    constexpr int count = 100;  // more than one turn takes
    for (int n = 0; n < count; ++n) {
        peer.send(asio::buffer(std::to_string(n)));
    }
    for (int n = 0; n < count; ++n) {
        BOOST_TEST(co_await receive(peer, "reply " + std::to_string(n)) == std::to_string(n));
    }
}

CASES_FOR_ALL_LOOPS(compute_numbers, .max_fibonacci = 20) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"10", "89"},
        {" 10\n", "89"},
        {"+10", "89"},
        {"0010", "89"},
        {"-3", "1"},
        {"0", "1"},
        {"20", "10946"},
        {"21", "error: at most 20"},
        {"", "error: not a whole number"},
        {"ten", "error: not a whole number"},
        {"1 0", "error: not a whole number"},
        {std::string(129, ' ') + "1", "error: not a whole number"}};
    for (const auto& [request, reply] : table) {
        BOOST_TEST(co_await reply_to(server.fibonacci(), request) == reply);
    }
}

CASES_FOR_ALL_LOOPS(go_on_while_a_worker_computes, .max_fibonacci = 90) {
    udp::socket slow = connect_peer(co_await this_coro::executor, server.fibonacci());
    slow.send(asio::buffer(std::string("90")));  // takes centuries
    co_await server.receives_all();
    for (int n = 0; n < 20; ++n) {
        BOOST_TEST(co_await reply_to(server.udp_echo(), "meanwhile") == "meanwhile");
    }
    BOOST_TEST(co_await reply_to(server.fibonacci(), "10") == "89", "another worker is free");
}

CASES_FOR_ALL_LOOPS(refuse_computations_when_too_many_wait, .workers = 1, .max_fibonacci = 90,
                    .max_jobs = 2) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.fibonacci());
    peer.send(asio::buffer(std::string("90")));  // the worker is busy
    for (int n = 0; n < 4; ++n) {
        peer.send(asio::buffer(std::string("1")));
    }
    for (int n = 0; n < 2; ++n) {
        BOOST_TEST(co_await receive(peer, "a refusal") == "error: busy");
    }
    BOOST_TEST(co_await reply_to(server.udp_echo(), "others are served") == "others are served");
    BOOST_TEST(!has_arrived(peer));
}

CASES_FOR_ALL_LOOPS(answer_nobody_on_their_own_ports) {
    const Ports& ports = server.ports();
    for (const std::uint16_t port : {ports.time, ports.udp_echo, ports.fibonacci}) {
        udp::socket forged = open_peer(co_await this_coro::executor, "127.0.0.9", port);
        forged.send_to(asio::buffer(std::string("1")), server.time());
        forged.send_to(asio::buffer(std::string("1")), server.udp_echo());
        forged.send_to(asio::buffer(std::string("1")), server.fibonacci());
        co_await reply_to(server.time(), "");
        co_await reply_to(server.udp_echo(), "");
        co_await reply_to(server.fibonacci(), "1");
        BOOST_TEST(!has_arrived(forged),
                   "a datagram from the port of a service was answered: one with a forged source "
                   "sets two services on each other for ever");
    }
}

CASES_FOR_ALL_LOOPS(answer_nobody_below_port_1024) {
    udp::socket low(co_await this_coro::executor, udp::v4());
    error_code forbidden;
    low.bind(endpoint("127.0.0.9", 7), forbidden);
    if (forbidden) {
        hold();  // only root may have such a port
        co_return;
    }
    low.send_to(asio::buffer(std::string("1")), server.time());
    co_await reply_to(server.time(), "");
    BOOST_TEST(!has_arrived(low), "the echo service of old, port 7, was answered");
}

CASES_FOR_ALL_LOOPS(reply_from_the_address_that_was_asked) {
    LoopServer everywhere(server.loop(), {}, "0.0.0.0");
    for (const char* host : {"127.0.0.1", "127.0.0.5"}) {
        udp::socket peer = open_peer(co_await this_coro::executor);
        for (const std::uint16_t port : {everywhere.ports().time, everywhere.ports().fibonacci}) {
            peer.send_to(asio::buffer(std::string("5")), endpoint(host, port));
            const Arrival reply = co_await receive_from(peer, "the reply");
            BOOST_TEST(reply.from == endpoint(host, port),
                       "asked at " << endpoint(host, port) << ", replied from " << reply.from);
        }
    }
}

ASYNC_TEST_CASE(ask_prints_a_line_for_each_reply) {
    const LoopServer server(loops[0], {});
    const Output output;
    co_await ask({"127.0.0.1", server.ports().fibonacci}, {"10", "x", "11"}, {}, output.file());
    BOOST_TEST(output.text() == "89\nerror: not a whole number\n144\n");
    const Output empty;
    co_await ask({"127.0.0.1", server.ports().udp_echo}, {}, {}, empty.file());
    BOOST_TEST(empty.text() == "\n");
}

ASYNC_TEST_CASE(ask_prints_nothing_that_commands_a_terminal) {
    const LoopServer server(loops[0], {});
    const Output output;
    co_await ask({"127.0.0.1", server.ports().udp_echo}, {"\x1b]0;pwned\x07"}, {}, output.file());
    BOOST_TEST(output.text() == "\\x1b]0;pwned\\x07\n");
}

ASYNC_TEST_CASE(ask_says_that_its_output_is_full) {
    const LoopServer server(loops[0], {});
    std::FILE* const full = std::fopen("/dev/full", "w");
    try {
        co_await ask({"127.0.0.1", server.ports().udp_echo}, {"hello"}, {}, full);
        fail("a reply was lost, and the client did not say so");
    } catch (const std::system_error& failure) {
        BOOST_TEST(failure.what() == std::string("write output: No space left on device"));
    }
    std::fclose(full);
}

ASYNC_TEST_CASE(ask_says_that_nobody_is_there) {
    std::uint16_t port = 0;
    {
        const udp::socket taken = open_peer(co_await this_coro::executor);
        port = taken.local_endpoint().port();
    }
    const Output output;
    try {
        co_await ask({"127.0.0.1", port}, {"x"}, {.timeout = 5ms, .attempts = 2}, output.file());
        fail("nobody listens, and the client did not say so");
    } catch (const std::system_error& refused) {
        BOOST_TEST(std::string(refused.what()).ends_with("Connection refused"));
    }
}

// --- Without sockets ---

BOOST_AUTO_TEST_CASE(a_request_is_what_pythons_int_takes) {
    const auto n_of = [](std::string_view text) { return parse_request(text, 100); };
    for (const auto& [text, n] :
         std::vector<std::pair<std::string, std::int64_t>>{{"0", 0},
                                                           {"7", 7},
                                                           {"+7", 7},
                                                           {"-0", 0},
                                                           {"-7", -1},
                                                           {"007", 7},
                                                           {" \t\n\v\f\r7 \t\n\v\f\r", 7},
                                                           {std::string(127, '0') + "7", 7},
                                                           {"-" + std::string(127, '9'), -1}}) {
        const auto result = n_of(text);
        BOOST_TEST((result.has_value() && *result == n), in_quotes(text) << " is " << n);
    }
    for (const std::string& text :
         {std::string(), std::string(" "), std::string("+"), std::string("-"), std::string("+ 7"),
          std::string("--7"), std::string("7-"), std::string("1_0"), std::string("7.0"),
          std::string("0x7"), bytes({0x37, 0x00}), bytes({0xd9, 0xa7}),
          std::string(128, '0') + "7"}) {
        const auto result = n_of(text);
        BOOST_TEST((result.has_error() && result.error() == "error: not a whole number"),
                   in_quotes(text) << " is no number");
    }
    for (const std::string& text : {std::string("101"), std::string(128, '9')}) {
        const auto result = n_of(text);
        BOOST_TEST((result.has_error() && result.error() == "error: at most 100"));
    }
}

BOOST_AUTO_TEST_CASE(fibonacci_counts_as_the_chapter_does) {
    const std::vector<std::uint64_t> series = {1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89};
    for (std::size_t n = 0; n < series.size(); ++n) {
        BOOST_TEST(cookbook::event_loop::fibonacci(static_cast<std::int64_t>(n), {}) == series[n]);
    }
    BOOST_TEST(cookbook::event_loop::fibonacci(-1, {}) == 1U);
    BOOST_TEST(cookbook::event_loop::fibonacci(30, {}) == 1'346'269U);
}

BOOST_AUTO_TEST_CASE(no_larger_n_is_allowed_than_has_a_number) {
    BOOST_TEST(largest_n == 92, "2^64 is between the numbers of 92 and of 93");
    Serve* serve = nullptr;
    Ports ports;
    Options options;
    CLI::App server;
    add_server_options(server, serve, ports, options);
    server.parse("--max-fibonacci 92");
    BOOST_TEST(options.max_fibonacci == 92U);
    BOOST_CHECK_THROW(server.parse("--max-fibonacci 93"), CLI::ValidationError);
}

BOOST_AUTO_TEST_CASE(fibonacci_ends_when_it_is_told_to) {
    std::stop_source stop;
    stop.request_stop();
    cookbook::event_loop::fibonacci(90, stop.get_token());  // it would take centuries
    BOOST_TEST(stop.stop_requested());
}

BOOST_AUTO_TEST_SUITE_END()
