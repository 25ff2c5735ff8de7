// 11.3b, our client and our server, over networks that lose, double, delay and reorder datagrams.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "11_03b_udp_telemetry_server.hpp"
#include "support/datagram_proxy.hpp"
#include "support/failure.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::udp_telemetry;
using namespace cookbook::testing;

namespace {

constexpr std::uint32_t requests = 8;  // so the waits for lost ones stay within the case's time

const std::vector<DatagramPlan> plans = {
    {},
    {.loss = 0.2},
    {.doubled = 1},
    {.reordered = 0.5, .hold = 15ms},
    {.delay = 8ms},  // there and back longer than the client waits at first
    {.loss = 0.2, .doubled = 0.2, .reordered = 0.2, .hold = 15ms, .delay = 3ms},
};

/// Replies have no ids, yet each number is the one asked for, and 1.
asio::awaitable<void> expect_numbers(udp::endpoint server, udp_server::Retries retries) {
    std::vector<std::uint32_t> numbers(requests);
    std::iota(numbers.begin(), numbers.end(), 100);
    std::string expected;
    for (const std::uint32_t number : numbers) {
        expected += std::to_string(number + 1) + '\n';
    }
    const Output output;
    const Waiting waiting("the replies to eight requests");
    co_await ask({"127.0.0.1", server.port()}, {}, numbers, retries, output.file());
    BOOST_TEST(output.text() == expected,
               "a late or doubled reply was taken for the reply to another request");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_telemetry_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    const auto executor = co_await this_coro::executor;
    for (const DatagramPlan& plan : plans) {
        BOOST_TEST_CONTEXT(to_string(plan)) {
            TelemetryServer server(executor);
            const DatagramProxy proxy(executor, server.at(), plan);
            co_await expect_numbers(proxy.endpoint(), {.timeout = 5ms, .attempts = 14});
            server.stop();
            const Statistics statistics = co_await server.join();
            BOOST_TEST(statistics.total_packets >= std::uint64_t{requests});
            BOOST_TEST(statistics.total_packets <= proxy.counts(Direction::to_server).forwarded);
            BOOST_TEST(statistics.invalid == 0U);
        }
    }
}

ASYNC_TEST_CASE(a_network_that_loses_everything_is_an_error) {
    const auto executor = co_await this_coro::executor;
    TelemetryServer server(executor);
    const DatagramProxy proxy(executor, server.at(), {.loss = 1});
    try {
        co_await expect_numbers(proxy.endpoint(), {.timeout = 5ms, .attempts = 3});
        fail("a reply came, though every datagram was lost");
    } catch (const std::runtime_error& silence) {
        BOOST_TEST(std::string(silence.what()).ends_with("no reply after 3 attempts"));
    }
    server.stop();
    co_await server.join();
}

BOOST_AUTO_TEST_SUITE_END()
