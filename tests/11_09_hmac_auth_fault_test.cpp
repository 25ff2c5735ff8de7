// Recipe 11.9 on networks that are slow, stall, reset, half-close and cut.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "11_09_hmac_auth_server.hpp"
#include "common/async/deadline.hpp"
#include "support/ask.hpp"
#include "support/async_case.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::hmac_auth;
using namespace cookbook::testing;

const std::string question = "question " + std::string(1000, 'x');

constexpr std::size_t nonce_size = 32;
constexpr std::size_t mac_size = 32;

constexpr Limits limits = {.idle_timeout = 20s, .drain_timeout = 1s};

/// Authenticates, and asks for an echo.
asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit, bool mutual) {
    SocketStream stream(co_await connect({.port = server.port()}, limit));
    co_await authenticate_to_server(stream, mac_of(),
                                    {.mutual = mutual, .handshake_timeout = limit});
    Deadline deadline(stream);
    deadline.expires_after(limit);
    const std::string echo = co_await ask(stream, question);
    co_return echo == question;
}

asio::awaitable<bool> exchange_plainly(tcp::endpoint server, std::chrono::milliseconds limit) {
    return exchange(server, limit, false);
}
asio::awaitable<bool> exchange_mutually(tcp::endpoint server, std::chrono::milliseconds limit) {
    return exchange(server, limit, true);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hmac_auth_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    AuthServer server(co_await this_coro::executor, {}, limits);
    co_await survive_faults(
        server.endpoint(),
        {.request_size = mac_size + question.size(), .reply_size = nonce_size + question.size()},
        exchange_plainly);
    co_await server.end();
}

ASYNC_TEST_CASE(survives_every_fault_mutually) {
    AuthServer server(co_await this_coro::executor, {.mutual = true}, limits);
    const std::size_t size = nonce_size + mac_size + question.size();
    co_await survive_faults(server.endpoint(), {.request_size = size, .reply_size = size},
                            exchange_mutually);
    co_await server.end();
}

ASYNC_TEST_CASE(survives_cuts_within_the_handshake) {
    AuthServer server(co_await this_coro::executor, {.mutual = true}, limits);
    const std::size_t size = nonce_size + mac_size;
    co_await survive_faults(server.endpoint(), {.request_size = size, .reply_size = size},
                            exchange_mutually);
    co_await server.end();
}

ASYNC_TEST_CASE(byte_by_byte_both_ways) {
    for (const bool mutual : {false, true}) {
        AuthServer server(co_await this_coro::executor, {.mutual = mutual}, limits);
        {
            const Where sockets = Where::local_port(server.endpoint().port());
            const ShortReads reads(sockets);
            const ShortWrites writes(sockets);
            const bool right = co_await exchange(server.endpoint(), 5000ms, mutual);
            BOOST_TEST(right, "what comes and goes in single bytes was damaged");
        }
        co_await server.end();
    }
}

ASYNC_TEST_CASE(goes_on_when_descriptors_run_out) {
    AuthServer server(co_await this_coro::executor, {}, limits);
    {
        tcp::socket waiting = co_await connect_without_descriptors(server.endpoint());
        const Received challenge = co_await receive_up_to(waiting, nonce_size);
        BOOST_TEST(challenge.data.size() == nonce_size, "the connection that waited is served");
    }
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
