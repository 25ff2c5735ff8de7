// Recipe 11.7 on networks that are slow, stall, reset, half-close and cut.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_07_messaging/echo.hpp"
#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "11_07_messaging_server.hpp"
#include "support/async_case.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::messaging;
using namespace cookbook::testing;

const Value question = List{{"question", 1, 2.5, Tuple{{None{}, std::string(1000, 'x')}}}};

// What each side sends before messages: its challenge, its answer, its welcome, each framed.
constexpr std::size_t handshake_size = (4 + 59) + (4 + 40) + (4 + 9);

constexpr Options patient = {.handshake_timeout = 20s, .message_timeout = 20s, .idle_timeout = 20s};

asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    const HostPort address{.port = server.port()};
    const Options options = {
        .handshake_timeout = limit, .message_timeout = limit, .idle_timeout = limit};
    Connection connection = co_await connect(address, key, options);
    const Value reply = co_await ask(connection, question);
    co_return to_json(reply) == to_json(question);
}

constexpr Limits limits = {.idle_timeout = 20s, .drain_timeout = 1s};

}  // namespace

BOOST_AUTO_TEST_SUITE(messaging_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    EchoServer server(co_await this_coro::executor, patient, limits);
    const std::size_t size = handshake_size + 4 + to_pickle(question).size();
    co_await survive_faults(server.endpoint(), {.request_size = size, .reply_size = size},
                            exchange);
    co_await server.end();
}

ASYNC_TEST_CASE(byte_by_byte_both_ways) {
    EchoServer server(co_await this_coro::executor, patient, limits);
    const auto port = server.endpoint().port();
    {
        const ShortReads reads(Where::local_port(port));
        const ShortWrites writes(Where::local_port(port));
        const bool right = co_await exchange(server.endpoint(), 5000ms);
        BOOST_TEST(right, "a message that comes and goes in single bytes was damaged");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(goes_on_when_descriptors_run_out) {
    EchoServer server(co_await this_coro::executor, patient, limits);
    {
        tcp::socket waiting = co_await connect_without_descriptors(server.endpoint());
        const Received greeting = co_await receive_up_to(waiting, 4);
        BOOST_TEST(greeting.data.size() == 4U, "the connection that waited is served");
    }
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
