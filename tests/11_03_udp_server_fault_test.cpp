// 11.3, our client and each style of server, over networks that lose, double, delay and reorder
// datagrams.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "11_03_udp_server/call.hpp"
#include "11_03_udp_server/client.hpp"
#include "11_03_udp_server_datagrams.hpp"
#include "support/datagram_proxy.hpp"
#include "support/failure.hpp"

using namespace cookbook;
using namespace cookbook::udp_server;
using namespace cookbook::testing;

namespace {

constexpr int requests = 8;  // and so the waits for lost ones stay within the case's time

const std::vector<DatagramPlan> plans = {
    {},
    {.loss = 0.2},
    {.doubled = 1},
    {.reordered = 0.5, .hold = 15ms},
    {.delay = 8ms},  // there and back longer than the client waits at first
    {.loss = 0.2, .doubled = 0.2, .reordered = 0.2, .hold = 15ms, .delay = 3ms},
};

/// Each request gets its own reply, however often it or the reply is lost, doubled or late.
asio::awaitable<void> expect_replies(udp::endpoint server, Retries retries) {
    Caller caller({"127.0.0.1", server.port()}, retries);
    for (int n = 0; n < requests; ++n) {
        const Waiting waiting("the reply to request " + std::to_string(n));
        const std::string request = new_request();
        const std::string reply = co_await caller.call(request, [&](std::string_view datagram) {
            return time_in(datagram, request).has_value();
        });
        BOOST_TEST(reply.starts_with(request + ' '), "a reply to another request: " << reply);
    }
}

asio::awaitable<void> survive(const Style& style) {
    const auto executor = co_await this_coro::executor;
    for (const DatagramPlan& plan : plans) {
        BOOST_TEST_CONTEXT("style " << style.name << ", " << to_string(plan)) {
            UdpServer server(style, {});
            const DatagramProxy proxy(executor, server.at(), plan);
            co_await expect_replies(proxy.endpoint(), {.timeout = 5ms, .attempts = 14});
            server.stop();
            const Counts counts = server.join();
            const auto asked = proxy.counts(Direction::to_server);
            BOOST_TEST(counts.answered <= asked.forwarded);
            BOOST_TEST(counts.answered >= std::size_t{requests});
            BOOST_TEST(asked.received >= std::size_t{requests});
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_server_fault)

ASYNC_TEST_CASE(coroutine_survives_every_fault) {
    co_await survive(styles[0]);
}

ASYNC_TEST_CASE(threads_survive_every_fault) {
    co_await survive(styles[1]);
}

ASYNC_TEST_CASE(a_network_that_loses_everything_is_an_error) {
    UdpServer server(styles[0], {});
    const DatagramProxy proxy(co_await this_coro::executor, server.at(), {.loss = 1});
    try {
        co_await expect_replies(proxy.endpoint(), {.timeout = 5ms, .attempts = 3});
        fail("a reply came, though every datagram was lost");
    } catch (const std::runtime_error& silence) {
        BOOST_TEST(std::string(silence.what()).ends_with("no reply after 3 attempts"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
