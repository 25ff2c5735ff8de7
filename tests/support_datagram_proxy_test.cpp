// The datagram proxy: each fault by itself, the seed, and a port for each port of the server.

#include "support/datagram_proxy.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;
using asio::ip::udp;

udp::socket open_socket(const asio::any_io_executor& executor) {
    return {executor, udp::endpoint(asio::ip::address_v4::loopback(), 0)};
}

struct Packet {
    std::string data;
    udp::endpoint from;
};

// What has arrived by now.
std::vector<Packet> packets_at(udp::socket& socket) {
    std::vector<Packet> result;
    socket.non_blocking(true);
    for (;;) {
        Packet packet{std::string(100, '\0'), {}};
        error_code none;
        packet.data.resize(socket.receive_from(asio::buffer(packet.data), packet.from, 0, none));
        if (none) {
            return result;
        }
        result.push_back(packet);
    }
}

std::vector<std::string> texts_at(udp::socket& socket) {
    std::vector<std::string> result;
    for (const Packet& packet : packets_at(socket)) {
        result.push_back(packet.data);
    }
    return result;
}

// A client and a server with the proxy between them.
struct DatagramEnds {
    explicit DatagramEnds(const asio::any_io_executor& executor, DatagramPlan plan = {})
        : server(open_socket(executor)),
          client(open_socket(executor)),
          proxy(executor, server.local_endpoint(), plan) {}

    void send(const std::string& data) { client.send_to(asio::buffer(data), proxy.endpoint()); }

    udp::socket server;
    udp::socket client;
    DatagramProxy proxy;
};

std::vector<std::string> numbers(int count) {
    std::vector<std::string> result;
    for (int n = 0; n < count; ++n) {
        result.push_back(std::to_string(n));
    }
    return result;
}

asio::awaitable<std::vector<std::string>> send_numbers(DatagramPlan plan, int count) {
    DatagramEnds ends(co_await this_coro::executor, plan);
    for (const std::string& number : numbers(count)) {
        ends.send(number);
    }
    co_await settle();
    co_await advance(1s);
    co_return texts_at(ends.server);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(support_datagram_proxy)

ASYNC_TEST_CASE(passes_both_ways) {
    DatagramEnds ends(co_await this_coro::executor);
    ends.send("question");
    ends.send("");
    co_await settle();
    const std::vector<Packet> questions = packets_at(ends.server);
    BOOST_TEST_REQUIRE(questions.size() == 2U);
    BOOST_TEST(questions[0].data == "question");
    BOOST_TEST(questions[1].data.empty());
    ends.server.send_to(asio::buffer(std::string("reply")), questions[0].from);
    co_await settle();
    const std::vector<Packet> replies = packets_at(ends.client);
    BOOST_TEST_REQUIRE(replies.size() == 1U);
    BOOST_TEST(replies[0].data == "reply");
    BOOST_TEST(replies[0].from == ends.proxy.endpoint());
    BOOST_TEST(ends.proxy.counts(Direction::to_server).forwarded == 2U);
    BOOST_TEST(ends.proxy.counts(Direction::to_client).forwarded == 1U);
}

ASYNC_TEST_CASE(gives_each_client_a_port_of_its_own) {
    const auto executor = co_await this_coro::executor;
    DatagramEnds ends(executor);
    udp::socket other = open_socket(executor);
    ends.send("one");
    other.send_to(asio::buffer(std::string("other")), ends.proxy.endpoint());
    ends.send("one again");
    co_await settle();
    const std::vector<Packet> packets = packets_at(ends.server);
    BOOST_TEST_REQUIRE(packets.size() == 3U);
    BOOST_TEST(packets[0].from != packets[1].from);
    BOOST_TEST(packets[0].from == packets[2].from);
    ends.server.send_to(asio::buffer(std::string("to the other")), packets[1].from);
    co_await settle();
    BOOST_TEST(texts_at(ends.client).empty());
    BOOST_TEST(texts_at(other).size() == 1U);
}

ASYNC_TEST_CASE(gives_each_port_of_the_server_a_port_of_its_own) {
    const auto executor = co_await this_coro::executor;
    DatagramEnds ends(executor);
    ends.send("request");
    co_await settle();
    const udp::endpoint client = packets_at(ends.server).at(0).from;
    udp::socket transfer = open_socket(executor);  // as TFTP answers
    transfer.send_to(asio::buffer(std::string("data")), client);
    co_await settle();
    const Packet data = packets_at(ends.client).at(0);
    BOOST_TEST(data.data == "data");
    BOOST_TEST(data.from != ends.proxy.endpoint());
    ends.client.send_to(asio::buffer(std::string("ack")), data.from);
    co_await settle();
    BOOST_TEST(texts_at(ends.server).empty());
    BOOST_TEST(texts_at(transfer) == std::vector<std::string>{"ack"});
}

ASYNC_TEST_CASE(loses_as_many_as_the_plan_says) {
    const auto arrived = co_await send_numbers({.loss = 0.3}, 100);
    BOOST_TEST(arrived.size() > 50U);
    BOOST_TEST(arrived.size() < 90U);
    BOOST_TEST(std::ranges::includes(
        numbers(100), arrived, {}, [](const std::string& n) { return std::stoi(n); },
        [](const std::string& n) { return std::stoi(n); }));
    BOOST_TEST((co_await send_numbers({.loss = 1}, 100)).empty());
}

ASYNC_TEST_CASE(doubles) {
    const auto arrived = co_await send_numbers({.doubled = 1}, 3);
    BOOST_TEST(arrived == (std::vector<std::string>{"0", "0", "1", "1", "2", "2"}),
               boost::test_tools::per_element());
}

ASYNC_TEST_CASE(reorders_and_loses_none_by_it) {
    auto arrived = co_await send_numbers({.reordered = 0.3}, 100);
    const auto by_number = [](const std::string& n) { return std::stoi(n); };
    BOOST_TEST(!std::ranges::is_sorted(arrived, {}, by_number));
    std::ranges::sort(arrived, {}, by_number);
    BOOST_TEST(arrived == numbers(100), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(delays_by_the_clock_of_the_test) {
    DatagramEnds ends(co_await this_coro::executor, {.delay = 60min});
    ends.send("slow");
    co_await settle();
    BOOST_TEST(texts_at(ends.server).empty());
    co_await advance(60min);
    BOOST_TEST(texts_at(ends.server) == std::vector<std::string>{"slow"});
    ends.send("under way when the proxy goes");
    co_await settle();
}

/// Which of 50 datagrams arrive, and which of them twice. In what order, the clock decides, too.
static asio::awaitable<std::vector<std::string>> fate_by(std::uint64_t seed) {
    std::vector<std::string> arrived =
        co_await send_numbers({.loss = 0.3, .doubled = 0.2, .reordered = 0.2, .seed = seed}, 50);
    std::ranges::sort(arrived);
    co_return arrived;
}

ASYNC_TEST_CASE(the_same_seed_is_the_same_fate) {
    const auto first = co_await fate_by(7);
    BOOST_TEST((co_await fate_by(7)) == first, boost::test_tools::per_element());
    BOOST_TEST((co_await fate_by(8)) != first);
}

ASYNC_TEST_CASE(counts_what_it_does) {
    DatagramEnds ends(co_await this_coro::executor,
                      {.loss = 0.3, .doubled = 0.2, .reordered = 0.2});
    for (const std::string& number : numbers(100)) {
        ends.send(number);
    }
    co_await settle();
    co_await advance(1s);
    const DatagramProxy::Counts counts = ends.proxy.counts(Direction::to_server);
    BOOST_TEST(counts.received == 100U);
    BOOST_TEST(counts.lost > 0U);
    BOOST_TEST(counts.doubled > 0U);
    BOOST_TEST(counts.reordered > 0U);
    BOOST_TEST(counts.forwarded == counts.received - counts.lost + counts.doubled);
    BOOST_TEST(texts_at(ends.server).size() == counts.forwarded);
    ends.proxy.set_plan({});
    ends.send("from now on");
    co_await settle();
    BOOST_TEST(texts_at(ends.server) == std::vector<std::string>{"from now on"});
}

BOOST_AUTO_TEST_CASE(a_plan_has_words) {
    BOOST_TEST(to_string(DatagramPlan{.loss = 0.2, .doubled = 0.1, .seed = 7}) ==
               "loss 0.2, doubled 0.1, reordered 0, delay 0 ms, seed 7");
}

BOOST_AUTO_TEST_SUITE_END()
