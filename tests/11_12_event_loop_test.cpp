// 11.12: one contract, kept by all four loops. …_test_loop.cpp tests the loop alone,
// …_test_echo.cpp the echo on it, …_test_udp.cpp the services over UDP.
#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "11_12_event_loop_server.hpp"
#include "support/clock.hpp"
#include "support/echo_contract.hpp"
#include "support/log.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::event_loop;
using namespace cookbook::testing;

BOOST_AUTO_TEST_SUITE(event_loop)

CASES_FOR_ALL_LOOPS(echo_what_they_receive) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "hello");
    co_await expect_echo(client, bytes({0x00, 0xff, 0x0a, 0x0d, 0x1a}));
    tcp::socket second = co_await server.connect();
    co_await expect_echo(second, "at the same time");
    co_await expect_echo(client, "and still the first");
}

CASES_FOR_ALL_LOOPS(echo_to_the_end_and_then_end_too) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo_to_the_end(client, "last words");
}

CASES_FOR_ALL_LOOPS(send_the_rest_when_there_is_room) {
    const ShortWrites short_writes(server.sockets());
    tcp::socket client = co_await server.connect();
    const std::string text = std::string(1000, 'x') + "end";
    co_await send_all(client, text);
    client.shutdown(tcp::socket::shutdown_send);
    co_await expect(client, text,
                    "a send takes a part; the rest is kept, and sent when there is room, also "
                    "after the peer's end of file");
    co_await expect_eof(client, "then the stream ends");
}

CASES_FOR_ALL_LOOPS(keep_what_comes_behind_a_rest_in_order) {
    const ShortWrites short_writes(server.sockets(), 3);
    tcp::socket client = co_await server.connect();
    std::string all;
    for (int n = 0; n < 50; ++n) {
        const std::string piece = "message " + std::to_string(n) + ';';
        all += piece;
        co_await send_all(client, piece);
    }
    co_await expect(client, all, "bytes that come while others wait are sent behind them");
}

CASES_FOR_ALL_LOOPS(echo_what_comes_byte_by_byte) {
    const ShortReads short_reads(server.sockets());
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "a message is not a segment");
}

CASES_FOR_ALL_LOOPS(go_on_after_signals) {
    tcp::socket client = co_await server.connect();
    const FailCalls receiving(Call::recv, EINTR, 1, server.sockets());
    const FailCalls sending(Call::send, EINTR, 1, server.sockets());
    co_await expect_echo(client, "a signal interrupts a call, and ends nothing (EINTR)");
}

CASES_FOR_ALL_LOOPS(stop_reading_when_the_peer_does, .max_unsent = 1000) {
    constexpr std::size_t most = std::size_t{64} << 20U;
    tcp::socket client = co_await server.connect();
    client.non_blocking(true);
    const std::string megabyte(1 << 20, 'x');
    std::size_t sent = 0;
    for (int idle = 0; idle < 20 && sent < most;) {
        error_code full;
        sent += client.write_some(asio::buffer(megabyte), full);
        if (full) {  // perhaps the server is only slow to read
            ++idle;
            co_await pass(1ms);
        }
    }
    BOOST_TEST(sent < most, "the server took " << sent << " bytes while nobody took what it sends: "
                                               << "they are in its memory");
    client.shutdown(tcp::socket::shutdown_send);
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(received.data.size() == sent, "of " << sent << " bytes, " << received.data.size()
                                                   << " came back: the slow reader lost some");
}

CASES_FOR_ALL_LOOPS(serve_no_more_at_once_than_allowed, .limits = {.max_connections = 1}) {
    tcp::socket first = co_await server.connect();
    co_await expect_echo(first, "first");
    tcp::socket second = co_await server.connect();  // into the kernel's backlog
    co_await send_all(second, "second");
    const CountCalls calls(server.sockets());
    for (int n = 0; n < 200; ++n) {
        co_await expect_echo(first, "still the first");
    }
    BOOST_TEST(second.available() == 0U,
               "the second client was served while the first was connected, but one connection at "
               "once was allowed");
    BOOST_TEST(calls[Call::accept4] + calls[Call::accept] <= 1U,
               "a server that may accept nobody must not be woken by who waits");
    first.close();
    co_await expect(second, "second", "a client that waited is served when a connection ends");
}

CASES_FOR_ALL_LOOPS(disconnect_a_silent_peer, .limits = {.idle_timeout = 60s}) {
    tcp::socket silent = co_await server.connect();
    tcp::socket talker = co_await server.connect();
    co_await expect_echo(talker, "accepted, and so is the silent one");
    for (int n = 0; n < 2; ++n) {  // for longer than the timeout
        move_clock(40s);
        co_await expect_echo(talker, "every 40 seconds");  // which makes the loop see the time
    }
    co_await expect_eof(silent, "a peer that says nothing for the idle timeout is disconnected");
    co_await expect_echo(talker, "still connected");
    tcp::socket third = co_await server.connect();
    co_await expect_echo(third, "now the server waits for the talker again");
    move_clock(61s);
    const tcp::socket fourth = co_await server.connect();  // and the loop sees the time
    co_await expect_eof(talker, "and so is one that has begun to say nothing");
}

CASES_FOR_ALL_LOOPS(disconnect_a_peer_that_takes_nothing, .limits = {.idle_timeout = 100ms}) {
    tcp::socket client = co_await server.connect();
    co_await expect_disconnect_while_sending(client);
}

CASES_FOR_ALL_LOOPS(survive_peers_that_vanish, .limits = {.max_connections = 1}) {
    co_await expect_to_survive_peers_that_vanish(server);
}

ASYNC_TEST_CASE(all_loops_log_nothing_of_a_peer_that_resets) {
    for (const Loop& loop : loops) {
        const Log log;
        LoopServer server(loop, {.limits = {.max_connections = 1}});
        tcp::socket client = co_await server.connect();
        co_await expect_echo(client, "hello");
        testing::reset(client);
        tcp::socket next = co_await server.connect();
        co_await expect_echo(next, "the one before has ended");
        next.close();
        server.stop();
        server.join();
        BOOST_TEST(log.text() == "",
                   "the server on " << loop.name << " has logged: " << log.text());
    }
}

CASES_FOR_ALL_LOOPS(pause_when_descriptors_run_out) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.time());
    std::optional<FailAccepts> fail(std::in_place, EMFILE);
    tcp::socket client = co_await server.connect();
    co_await send_all(client, "hello");
    co_await expect_pause_of_accepting(*fail);
    peer.send(asio::buffer("", 0));
    co_await receive(peer, "the time, while no connection can be accepted");
    fail.reset();
    co_await expect(client, "hello", "accepting goes on when descriptors are free again");
}

CASES_FOR_ALL_LOOPS(take_ipv4_and_ipv6_on_one_socket) {
    LoopServer dual(server.loop(), {}, "::");
    for (const char* host : {"127.0.0.1", "::1"}) {
        tcp::socket client = co_await connect({host, dual.ports().echo});
        co_await expect_echo(client, host);
    }
}

CASES_FOR_ALL_LOOPS(give_back_every_descriptor) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "now this server has opened all that it needs");
    const std::size_t before = open_descriptors();
    {
        LoopServer other(server.loop(), {.limits = {.drain_timeout = 20ms}});
        tcp::socket left_open = co_await other.connect();
        co_await expect_echo(left_open, "hello");
        other.stop();
        other.join();
    }
    BOOST_TEST(open_descriptors() == before);
}

// --- The end ---

CASES_FOR_ALL_LOOPS(end_idle_connections_when_stopped, .limits = {.drain_timeout = 12s}) {
    tcp::socket idle = co_await server.connect();
    co_await expect_echo(idle, "before");
    server.stop();
    co_await expect_eof(idle, "a connection on which nothing is under way ends with the server");
    idle.close();
    BOOST_TEST(server.ends_within(9s), "nobody is connected, but the server goes on");
}

CASES_FOR_ALL_LOOPS(send_what_is_unsent_when_stopped, .limits = {.drain_timeout = 12s}) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "accepted");
    const std::string megabyte(1 << 20, 'x');
    std::size_t sent = 0;
    client.non_blocking(true);
    for (error_code full; !full;) {  // nor does the server receive all of it
        sent += client.write_some(asio::buffer(megabyte), full);
    }
    server.stop();
    co_await pass(20ms);
    client.shutdown(tcp::socket::shutdown_send);
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(received.error == asio::error::eof,
               "the connection ended with " << received.error.message()
                                            << ", not in order: what was on the way may be lost");
    BOOST_TEST(received.data.size() == sent, "of " << sent << " bytes, " << received.data.size()
                                                   << " came back: what came before the stop is "
                                                   << "still echoed");
    client.close();
    BOOST_TEST(server.ends_within(9s), "all is sent, but the server goes on");
}

CASES_FOR_ALL_LOOPS(finish_computations_when_stopped, .limits = {.drain_timeout = 12s}) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.fibonacci());
    peer.send(asio::buffer(std::string("29")));
    co_await server.receives_all();
    server.stop();
    BOOST_TEST(co_await receive(peer, "the result of a computation that was under way") ==
               "832040");
    BOOST_TEST(server.ends_within(9s));
}

CASES_FOR_ALL_LOOPS(cut_what_outlasts_the_drain, .limits = {.drain_timeout = 50ms},
                    .max_fibonacci = 90) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.fibonacci());
    peer.send(asio::buffer(std::string("90")));  // takes centuries
    co_await server.receives_all();
    server.stop();
    BOOST_TEST(server.ends_within(5s), "a computation goes on after the drain");
}

ASYNC_TEST_CASE(all_loops_end_when_they_were_stopped_before_they_began) {
    for (const Loop& loop : loops) {
        LoopServer server(loop, {}, "127.0.0.1", StopFirst::yes);
        server.join();
        hold();
    }
    co_return;
}

// --- select's limit, at a server ---

ASYNC_TEST_CASE(select_closes_a_connection_beyond_its_set_and_serves_those_below) {
    allow_many_descriptors();
    const LoopServer server(loops[2], {});
    BOOST_TEST_REQUIRE(server.loop().name == "select");
    tcp::socket below = co_await server.connect();
    co_await expect_echo(below, "below");
    std::vector<Descriptor> in_the_way;
    while (in_the_way.empty() || in_the_way.back().get() < 1024) {
        in_the_way.emplace_back(::dup(below.native_handle()), "dup");
    }
    tcp::socket beyond = co_await server.connect();
    co_await expect_eof(beyond, "a descriptor that select() cannot take is closed at once");
    co_await expect_echo(below, "those below go on");
    in_the_way.clear();
    tcp::socket next = co_await server.connect();
    co_await expect_echo(next, "and others are accepted");
}

ASYNC_TEST_CASE(select_says_that_its_own_sockets_are_beyond_its_set) {
    allow_many_descriptors();
    const Pair pair;
    std::vector<Descriptor> in_the_way;
    while (in_the_way.empty() || in_the_way.back().get() < 1024) {
        in_the_way.emplace_back(::dup(pair.near.get()), "dup");
    }
    LoopServer server(loops[2], {});
    BOOST_CHECK_THROW(server.join(), std::runtime_error);
    co_return;
}

BOOST_AUTO_TEST_SUITE_END()
