// 11.2, our client and each style of server, over networks that are slow, stall, reset, half-close
// and cut.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "11_02_tcp_server/client.hpp"
#include "11_02_tcp_server/tcp_server.hpp"
#include "support/async_case.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::tcp_server;
using namespace cookbook::testing;

namespace {

const std::string message = "first line\nsecond line\n" + std::string(1000, 'x') + "\nthe end";

asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    const Output output;
    const HostPort address{"127.0.0.1", server.port()};
    co_await send_message(address, message, output.file(), limit);
    if (output.text().size() < message.size()) {
        // A stream has no marks: only a client that knows how much must come notices a cut.
        throw std::runtime_error("the response was cut short");
    }
    co_return output.text() == message;
}

asio::awaitable<void> survive(const Style& style, Options options) {
    asio::io_context context;
    tcp::acceptor acceptor = listen_v4(context.get_executor());
    const tcp::endpoint endpoint = acceptor.local_endpoint();
    std::stop_source stop;
    std::future<void> server =
        std::async(std::launch::async, style.serve, std::move(acceptor), options, stop.get_token());
    const FaultTable table{.request_size = message.size(), .reply_size = message.size()};
    co_await survive_faults(endpoint, table, exchange);
    stop.request_stop();
    server.get();
}

constexpr Limits limits = {.idle_timeout = 20s, .drain_timeout = 200ms};

}  // namespace

BOOST_AUTO_TEST_SUITE(tcp_server_fault)

ASYNC_TEST_CASE(iterative_survives_every_fault) {
    co_await survive(styles[0], {.limits = limits});
}

ASYNC_TEST_CASE(threads_survive_every_fault) {
    co_await survive(styles[1], {.limits = limits});
}

ASYNC_TEST_CASE(pool_survives_every_fault) {
    co_await survive(styles[2], {.limits = limits});
}

ASYNC_TEST_CASE(coroutine_survives_every_fault) {
    co_await survive(styles[3], {.limits = limits});
}

ASYNC_TEST_CASE(multicore_survives_every_fault) {
    co_await survive(styles[4], {.limits = limits});
}

ASYNC_TEST_CASE(threads_survive_every_fault_line_by_line) {
    co_await survive(styles[1], {.limits = limits, .lines = true});
}

ASYNC_TEST_CASE(coroutine_survives_every_fault_line_by_line) {
    co_await survive(styles[3], {.limits = limits, .lines = true});
}

BOOST_AUTO_TEST_SUITE_END()
