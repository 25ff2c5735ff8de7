// 11.14 WebSocket: every fault of the network, both ways.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_14_websocket/client_run.hpp"
#include "11_14_websocket_frames.hpp"
#include "common/async/within.hpp"
#include "support/fault_table.hpp"

using namespace cookbook;
using namespace cookbook::testing;
namespace ws = cookbook::websocket;

namespace {

const std::string question = "question " + std::string(1000, 'x');

asio::awaitable<void> ask(ws::Connection& peer, std::string& echo) {
    peer.send(Opcode::text, question);
    while (echo.empty() && co_await peer.wait()) {
        while (const auto message = peer.next()) {
            echo = message->data;
        }
    }
}

asio::awaitable<bool> echoes(tcp::endpoint server, std::chrono::milliseconds limit) {
    std::string echo;
    const HostPort address{server.address().to_string(), server.port()};
    // The client gives the server up by the limits of its own connection.
    const ws::Options options{
        .ping_interval = limit, .idle_timeout = limit, .close_timeout = limit};
    co_await ws::run_client({.server = address, .path = "/echo"},
                            {.compression = false, .timeout = limit}, options,
                            [&](ws::Connection& peer) { return ask(peer, echo); });
    co_return echo == question;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_faults)

ASYNC_TEST_CASE(survives_every_fault) {
    ws::ServerOptions options;
    options.limits.idle_timeout = 20s;
    options.connection.close_timeout = 1s;
    WebSocketServer server(co_await this_coro::executor, options);
    co_await survive_faults(server.endpoint(), {.request_size = 1190, .reply_size = 1150}, echoes);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
