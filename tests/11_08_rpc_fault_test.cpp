// Recipe 11.8 on networks that are slow, stall, reset, half-close and cut.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_08_rpc/forms/json_rpc.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "11_08_rpc/session/json_rpc_client.hpp"
#include "11_08_rpc_server.hpp"
#include "11_08_rpc_zmq_server.hpp"
#include "support/async_case.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::rpc;
using namespace cookbook::testing;

const std::string text(1000, 'x');

// What each side sends before messages: its challenge, its answer, its welcome, each framed.
constexpr std::size_t handshake_size = (4 + 59) + (4 + 40) + (4 + 9);

const RpcServer::Plan patient = {
    .options = {.handshake_timeout = 20s, .message_timeout = 20s, .idle_timeout = 20s},
    .limits = {.idle_timeout = 20s, .drain_timeout = 1s},
    .session = {.idle_timeout = 20s}};

asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    const messaging::Options options = {
        .handshake_timeout = limit, .message_timeout = limit, .idle_timeout = limit};
    RpcProxy proxy(co_await messaging::connect(HostPort{.port = server.port()}, rpc_key, options));
    const std::string reply = co_await proxy.call<std::string>("echo", text);
    co_return reply == text;
}

asio::awaitable<void> call_echo(JsonRpcClient& client, Value& reply) {
    reply = co_await client.call({"echo", {text}, {}});
}

asio::awaitable<bool> exchange_json(tcp::endpoint server, std::chrono::milliseconds limit) {
    const messaging::Options options = {
        .handshake_timeout = limit, .message_timeout = limit, .idle_timeout = limit};
    JsonRpcClient client(
        co_await messaging::connect(HostPort{.port = server.port()}, rpc_key, options), limit);
    Value reply;
    co_await client.run(call_echo(client, reply));
    co_return reply.as<std::string>() == text;
}

asio::awaitable<bool> exchange_zmq(tcp::endpoint server, std::chrono::milliseconds limit) {
    RpcProxy proxy(co_await connect_dealer({.port = server.port()},
                                           {.handshake_timeout = limit, .idle_timeout = limit}),
                   Form::tuple);
    const std::string reply = co_await proxy.call<std::string>("echo", text);
    co_return reply == text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rpc_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    RpcServer server(co_await this_coro::executor, patient);
    const std::size_t call = 4 + wrap_call({"echo", {text}, {}}, Form::pickle).size();
    const std::size_t reply = 4 + wrap_result(text, Form::pickle).size();
    co_await survive_faults(
        server.endpoint(),
        {.request_size = handshake_size + call, .reply_size = handshake_size + reply}, exchange);
    co_await server.end();
}

ASYNC_TEST_CASE(survives_every_fault_as_json) {
    RpcServer server(co_await this_coro::executor, patient);
    const Value id = 1;
    const std::size_t call =
        4 +
        format_request({.id = id, .call = {"echo", {text}, {}}, .timeout = {}, .error = {}}).size();
    const std::size_t reply = 4 + format_result(id, text).size();
    co_await survive_faults(
        server.endpoint(),
        {.request_size = handshake_size + call, .reply_size = handshake_size + reply},
        exchange_json);
    co_await server.end();
}

ASYNC_TEST_CASE(survives_every_fault_over_zmq) {
    constexpr std::size_t greetings = 64 + 30;  // a greeting, a READY and the frames' heads, about
    ZmqServer server(co_await this_coro::executor, {.options = {.handshake_timeout = 20s}});
    co_await survive_faults(
        server.endpoint(),
        {.request_size = greetings + wrap_call({"echo", {text}, {}}, Form::tuple).size(),
         .reply_size = greetings + wrap_result(text, Form::tuple).size()},
        exchange_zmq);
    co_await server.end();
}

ASYNC_TEST_CASE(byte_by_byte_both_ways) {
    RpcServer server(co_await this_coro::executor, patient);
    const auto port = server.endpoint().port();
    {
        const ShortReads reads(Where::local_port(port));
        const ShortWrites writes(Where::local_port(port));
        const bool right = co_await exchange(server.endpoint(), 5000ms);
        BOOST_TEST(right, "a call that comes and goes in single bytes was damaged");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(goes_on_when_descriptors_run_out) {
    RpcServer server(co_await this_coro::executor, patient);
    {
        tcp::socket waiting = co_await connect_without_descriptors(server.endpoint());
        const Received greeting = co_await receive_up_to(waiting, 4);
        BOOST_TEST(greeting.data.size() == 4U, "the connection that waited is served");
    }
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
