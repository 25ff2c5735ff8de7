// 11.12, each loop's TCP echo over networks that are slow, stall, reset, half-close and cut; and
// its datagrams over one that loses, doubles, delays and reorders them.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "11_02_tcp_server/client.hpp"
#include "11_03_udp_server/call.hpp"
#include "11_12_event_loop_server.hpp"
#include "support/datagram_proxy.hpp"
#include "support/fault_table.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::event_loop;
using namespace cookbook::testing;

namespace {

const std::string message = "the beginning\n" + std::string(1000, 'x') + "\nthe end";

asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    const Output output;
    const HostPort address{"127.0.0.1", server.port()};
    co_await tcp_server::send_message(address, message, output.file(), limit);
    if (output.text().size() < message.size()) {
        // A stream has no marks: only a client that knows how much must come notices a cut.
        throw std::runtime_error("the response was cut short");
    }
    co_return output.text() == message;
}

/// Computations, whose replies can be told from each other.
asio::awaitable<void> expect_numbers(udp::endpoint server) {
    udp_server::Caller caller({"127.0.0.1", server.port()},
                              {.timeout = 5ms, .attempts = 14, .new_port = true});
    for (const auto& [n, number] : std::vector<std::pair<std::string, std::string>>{
             {"1", "1"}, {"5", "8"}, {"10", "89"}, {"12", "233"}, {"15", "987"}}) {
        const Waiting waiting("the reply to " + n);
        const std::string reply = co_await caller.call(n, [](std::string_view) { return true; });
        BOOST_TEST(reply == number, "the reply to " << n << " was " << in_quotes(reply));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_loop_fault)

CASES_FOR_ALL_LOOPS(survive_every_fault, .limits = {.idle_timeout = 20s}) {
    const FaultTable table{.request_size = message.size(), .reply_size = message.size()};
    co_await survive_faults(tcp::endpoint(asio::ip::address_v4::loopback(), server.ports().echo),
                            table, exchange);
}

CASES_FOR_ALL_LOOPS(survive_every_fault_with_little_memory, .limits = {.idle_timeout = 20s},
                    .max_unsent = 100) {
    const FaultTable table{.request_size = message.size(), .reply_size = message.size()};
    co_await survive_faults(tcp::endpoint(asio::ip::address_v4::loopback(), server.ports().echo),
                            table, exchange);
}

CASES_FOR_ALL_LOOPS(survive_what_happens_to_datagrams) {
    const std::vector<DatagramPlan> plans = {
        {.loss = 0.2},
        {.doubled = 1},
        {.reordered = 0.5, .hold = 15ms},
        {.loss = 0.2, .doubled = 0.2, .reordered = 0.2, .hold = 15ms, .delay = 3ms},
    };
    for (const DatagramPlan& plan : plans) {
        BOOST_TEST_CONTEXT(to_string(plan)) {
            const DatagramProxy proxy(co_await this_coro::executor, server.fibonacci(), plan);
            co_await expect_numbers(proxy.endpoint());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
