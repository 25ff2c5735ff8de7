// 11.3, the servers: one contract, kept by both styles; then the coroutine on a clock that the test
// moves. 11_03_udp_server_test_batch.cpp tests how datagrams come and go, …_protocol.cpp what they
// say, …_client.cpp how clients ask.
#include "11_03_udp_server/udp_server.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "11_03_udp_server_datagrams.hpp"
#include "common/async/task_group.hpp"
#include "support/allocations.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::udp_server;
using namespace cookbook::testing;

namespace {

/// The server's reply to `request`, sent from a peer of its own.
asio::awaitable<Arrival> ask(udp::endpoint server, std::string request) {
    udp::socket peer =
        open_peer(co_await this_coro::executor, server.address().is_v4() ? "127.0.0.1" : "::1");
    peer.send_to(asio::buffer(request), server);
    co_return co_await receive_from(peer, "the server's reply");
}

asio::awaitable<void> expect_time(udp::socket& peer, std::string request, std::string rule) {
    peer.send(asio::buffer(request));
    const std::string reply = co_await receive(peer, rule);
    BOOST_TEST(is_time(reply), rule << ", but the reply was " << in_quotes(reply));
}

/// The server answers this one, and has answered none before.
asio::awaitable<void> expect_first_reply_to(udp::socket& peer, udp::endpoint server,
                                            std::string rule) {
    peer.send_to(asio::buffer(id_two), server);
    const std::string reply = co_await receive(peer, "a reply to a request");
    BOOST_TEST(reply.starts_with(id_two), rule << ", but it came: " << in_quotes(reply));
}

}  // namespace

/// One body, two cases: a server whose threads block, and one that runs coroutines.
#define CASES_FOR_BOTH_STYLES(name, ...)            \
    static asio::awaitable<void> name(UdpServer&);  \
    ASYNC_TEST_CASE(coroutines_##name) {            \
        UdpServer server(styles[0], {__VA_ARGS__}); \
        co_await name(server);                      \
    }                                               \
    ASYNC_TEST_CASE(threads_##name) {               \
        UdpServer server(styles[1], {__VA_ARGS__}); \
        co_await name(server);                      \
    }                                               \
    static asio::awaitable<void> name(UdpServer& server)

BOOST_AUTO_TEST_SUITE(udp_server)

// --- The contract ---

CASES_FOR_BOTH_STYLES(answer_whatever_comes_with_the_time) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    co_await expect_time(peer, "", "an empty datagram is a request like any other");
    co_await expect_time(peer, "What time is it?", "any datagram is answered with the time");
    co_await expect_time(peer, std::string(65'507, '\xff'), "the largest datagram, too");
    co_await expect_time(peer, bytes({0x00}), "and one with a zero byte");
}

CASES_FOR_BOTH_STYLES(put_the_request_s_id_before_the_time) {
    const Arrival reply = co_await ask(server.at(), id_one);
    BOOST_TEST(time_in(reply.data, id_one).has_value(),
               "a request with an id is answered with the id, a space and the time, but the reply "
               "was "
                   << in_quotes(reply.data));
}

CASES_FOR_BOTH_STYLES(answer_no_answers, .workers = 1) {
    udp::socket peer = open_peer(co_await this_coro::executor);
    for (const std::string& answer : {a_time, id_one + ' ' + a_time}) {
        peer.send_to(asio::buffer(answer), server.at());
        co_await expect_first_reply_to(
            peer, server.at(),
            "a server that answers replies talks to its like for ever, and one forged datagram is "
            "enough to begin it: a reply must not be answered");
    }
    server.stop();
    const Counts counts = server.join();
    BOOST_TEST(counts.ignored == 2U);
    BOOST_TEST(counts.answered == 2U);
}

CASES_FOR_BOTH_STYLES(answer_nobody_on_their_own_port, .workers = 1) {
    udp::socket twin = open_peer(co_await this_coro::executor, "127.0.0.9", server.port());
    udp::socket peer = open_peer(co_await this_coro::executor, "127.0.0.9");
    twin.send_to(asio::buffer(id_one), server.at());
    co_await expect_first_reply_to(peer, server.at(), "the server answers its clients");
    BOOST_TEST(!has_arrived(twin),
               "a datagram from the server's own port number was answered: there may be such a "
               "server, which would answer, too");
}

CASES_FOR_BOTH_STYLES(go_on_when_peers_vanish) {
    for (int n = 0; n < 5; ++n) {
        udp::socket gone = open_peer(co_await this_coro::executor);
        gone.send_to(asio::buffer(id_one), server.at());
    }
    const Arrival reply = co_await ask(server.at(), id_two);
    BOOST_TEST(reply.data.starts_with(id_two),
               "peers that have gone (ICMP port unreachable) must not end the server");
}

CASES_FOR_BOTH_STYLES(answer_a_burst_of_many_peers) {
    std::vector<udp::socket> peers;
    for (int n = 0; n < 200; ++n) {
        peers.push_back(connect_peer(co_await this_coro::executor, server.at()));
        peers.back().send(asio::buffer(id_one));
    }
    for (udp::socket& peer : peers) {
        const std::string reply = co_await receive(peer, "each of 200 peers to be answered");
        BOOST_TEST(reply.starts_with(id_one));
    }
}

// --- The address asked ---

static asio::awaitable<void> expect_reply_from(udp::socket& peer, const std::string& host,
                                               std::uint16_t port) {
    const std::string asked = to_string(endpoint(host, port));
    peer.send_to(asio::buffer(id_one), endpoint(host, port));
    const Arrival reply = co_await receive_from(peer, "a reply from " + asked);
    BOOST_TEST(to_string(reply.from) == asked,
               "asked at " << asked << ", the server replied from " << to_string(reply.from)
                           << ": a client whose socket is connected never sees that");
}

ASYNC_TEST_CASE(both_styles_reply_from_the_address_that_was_asked) {
    for (const Style& style : styles) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            const UdpServer server(style, {}, {"0.0.0.0", 0});
            udp::socket peer = open_peer(co_await this_coro::executor);
            for (const char* host : {"127.0.0.1", "127.0.0.5", "127.8.9.10"}) {
                co_await expect_reply_from(peer, host, server.port());
            }
        }
    }
}

ASYNC_TEST_CASE(both_styles_take_ipv4_and_ipv6_on_one_socket) {
    for (const Style& style : styles) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            const UdpServer server(style, {}, {"::", 0});
            udp::socket v6 = open_peer(co_await this_coro::executor, "::1");
            co_await expect_reply_from(v6, "::1", server.port());
            udp::socket v4 = open_peer(co_await this_coro::executor);
            co_await expect_reply_from(v4, "127.0.0.5", server.port());
        }
    }
}

ASYNC_TEST_CASE(answers_a_broadcast_from_an_address_of_its_own) {
    for (const char* wildcard : {"0.0.0.0", "::"}) {
        const UdpServer server(styles[0], {}, {wildcard, 0});
        udp::socket peer = open_peer(co_await this_coro::executor);
        peer.set_option(udp::socket::broadcast(true));
        peer.send_to(asio::buffer(id_one), server.at("127.255.255.255"));
        const Arrival reply =
            co_await receive_from(peer,
                                  "a reply to a broadcast: it cannot come from the address that "
                                  "was asked, but must come from one of the server's");
        BOOST_TEST(reply.from.address().to_string() == "127.0.0.1");
    }
}

// --- What is longer than the server's buffer ---

CASES_FOR_BOTH_STYLES(answer_what_begins_like_an_answer_and_goes_on) {
    const std::string beginning = id_one + ' ' + a_time;
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    co_await expect_time(peer, beginning + "!",
                         "a datagram of 45 bytes is no reply, even if its first 44 look like one: "
                         "it is to be answered");
    server.stop();
    BOOST_TEST(server.join().cut == 1U, "a datagram that was cut was not counted as one");
}

// --- Slow answers, and the end ---

CASES_FOR_BOTH_STYLES(give_slow_answers_side_by_side, .work = 1s) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<udp::socket> peers;
    for (int n = 0; n < 8; ++n) {
        peers.push_back(connect_peer(co_await this_coro::executor, server.at()));
        peers.back().send(asio::buffer(id_one));
    }
    for (udp::socket& peer : peers) {
        co_await receive(peer, "eight slow answers");
    }
    const auto time = std::chrono::steady_clock::now() - start;
    BOOST_TEST((time >= 1s), "the answers came before they could be ready");
    BOOST_TEST((time < 5s), "eight answers of 1 s each took "
                                << time / 1ms << " ms: they must not wait for each other");
}

CASES_FOR_BOTH_STYLES(finish_what_is_in_hand_when_stopped, .work = 300ms, .drain_timeout = 60s) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    peer.send(asio::buffer(id_one));
    co_await server.receives_all();
    server.stop();
    const std::string reply = co_await receive(peer, "the answer that was in hand at the stop");
    BOOST_TEST(reply.starts_with(id_one));
    BOOST_TEST_REQUIRE(server.ends_within(9s), "the last answer is out, but the server goes on");
    BOOST_TEST(server.join().answered == 1U);
}

CASES_FOR_BOTH_STYLES(cut_off_what_outlasts_the_drain, .work = 60s, .drain_timeout = 50ms) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    peer.send(asio::buffer(id_one));
    co_await server.receives_all();
    server.stop();
    BOOST_TEST_REQUIRE(server.ends_within(9s), "the drain is over, but the server goes on");
    BOOST_TEST(server.join().answered == 0U);
}

CASES_FOR_BOTH_STYLES(stop_at_once_when_nothing_is_in_hand, .drain_timeout = 60s) {
    co_await ask(server.at(), id_one);
    server.stop();
    BOOST_TEST_REQUIRE(server.ends_within(9s), "nothing is in hand, but the server goes on");
}

CASES_FOR_BOTH_STYLES(stop_in_a_flood, .drain_timeout = 60s) {
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    peer.non_blocking(true);
    server.stop();
    // As fast as it can: there is always a datagram to be received.
    for (int n = 0; n < 20'000 && !server.ends_within(0ms); ++n) {
        error_code full;
        peer.send(asio::buffer(id_one), 0, full);
    }
    BOOST_TEST_REQUIRE(server.ends_within(9s), "the server goes on as long as datagrams come");
}

ASYNC_TEST_CASE(both_styles_end_when_they_were_stopped_before_they_began) {
    for (const Style& style : styles) {
        asio::io_context context;
        std::stop_source stop;
        stop.request_stop();
        style.serve(open_socket(context.get_executor(), {}), {}, stop.get_token());
        hold();
    }
    co_return;
}

ASYNC_TEST_CASE(both_styles_give_back_every_descriptor) {
    const std::size_t before = open_descriptors();
    for (const Style& style : styles) {
        {
            UdpServer server(style, {});
            co_await ask(server.at(), id_one);
            server.stop();
            server.join();
        }
        BOOST_TEST(open_descriptors() == before);
    }
}

// --- The coroutine alone, on a clock that the test moves ---

namespace {

/// A server on the case's own loop.
class ServerHere {
public:
    ServerHere(const asio::any_io_executor& executor, Options options) : group_(executor) {
        udp::socket socket = open_socket(executor, {});
        endpoint_ = socket.local_endpoint();
        group_.spawn(run(std::move(socket), options));
    }
    [[nodiscard]] const udp::endpoint& at() const { return endpoint_; }
    void stop() { group_.cancel(); }
    asio::awaitable<Counts> join() {
        co_await group_.join();
        co_return counts_;
    }

private:
    asio::awaitable<void> run(udp::socket socket, Options options) {
        counts_ = co_await serve(std::move(socket), options);
    }

    TaskGroup group_;
    udp::endpoint endpoint_;
    Counts counts_;
};

std::size_t arrived(udp::socket& peer) {
    std::size_t count = 0;
    for (std::array<char, 64> buffer{}; has_arrived(peer); ++count) {
        peer.receive(asio::buffer(buffer));
    }
    return count;
}

}  // namespace

ASYNC_TEST_CASE(a_coroutine_tells_the_time_of_now) {
    ServerHere server(co_await this_coro::executor, {});
    const Arrival first = co_await ask(server.at(), "");
    co_await advance(24h * 365);
    const Arrival second = co_await ask(server.at(), "");
    BOOST_TEST(first.data.substr(20) != second.data.substr(20),
               "a year later the server says " << in_quotes(second.data) << " again");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(a_coroutine_keeps_no_more_answers_in_hand_than_allowed) {
    ServerHere server(co_await this_coro::executor, {.work = 60s, .max_in_flight = 2});
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    for (int n = 0; n < 5; ++n) {
        peer.send(asio::buffer(id_one));
    }
    for (const std::size_t expected : {2U, 2U, 1U}) {
        co_await settle();
        co_await advance(60s);
        const std::size_t answers = arrived(peer);
        BOOST_TEST(answers == expected, answers << " answers came at once, with two in flight "
                                                << "allowed and further requests waiting");
    }
    server.stop();
    BOOST_TEST((co_await server.join()).answered == 5U);
}

ASYNC_TEST_CASE(a_coroutine_answers_64_datagrams_with_two_system_calls) {
    const auto executor = co_await this_coro::executor;
    udp::socket socket = open_socket(executor, {});
    udp::socket peer = connect_peer(executor, socket.local_endpoint());
    for (int n = 0; n < 64; ++n) {
        peer.send(asio::buffer(id_one));
    }
    const CountCalls calls(Where::descriptor(socket.native_handle()));
    TaskGroup group(executor);
    Counts counts;
    group.spawn([](udp::socket here, Counts& result) -> asio::awaitable<void> {
        result = co_await serve(std::move(here), {});
    }(std::move(socket), counts));
    co_await settle();
    BOOST_TEST(arrived(peer) == 64U, "all 64 are answered");
    BOOST_TEST(calls[Call::recvmmsg] == 1U, "64 datagrams are received by one system call");
    BOOST_TEST(calls[Call::sendmmsg] == 1U, "64 replies are sent by one system call");
    group.cancel();
    co_await group.join();
}

ASYNC_TEST_CASE(a_coroutine_allocates_nothing_for_a_datagram) {
    ServerHere server(co_await this_coro::executor, {});
    udp::socket peer = connect_peer(co_await this_coro::executor, server.at());
    const auto exchange = [&]() { peer.send(asio::buffer(id_one)); };
    for (int n = 0; n < 10; ++n) {  // Asio keeps what the first ones needed
        exchange();
        co_await settle();
    }
    const CountAllocations allocations;
    for (int n = 0; n < 10; ++n) {
        exchange();
    }
    co_await settle();
    const std::uint64_t count = allocations.count();
    BOOST_TEST(count < 10U, "10 datagrams cost " << count << " allocations");
    BOOST_TEST(arrived(peer) == 20U);
    server.stop();
    co_await server.join();
}

BOOST_AUTO_TEST_SUITE_END()
