// Recipe 11.8 over ZeroMQ: a ROUTER, and peers that are REQ and DEALER sockets.
#include <pthread.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "11_08_rpc/forms/json_rpc.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "11_08_rpc/session/json_rpc_client.hpp"
#include "11_08_rpc/session/proxy.hpp"
#include "11_08_rpc_server.hpp"
#include "11_08_rpc_zmq_server.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"
#include "support/loopback.hpp"
#include "support/says.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::rpc;
using namespace cookbook::testing;
using namespace std::string_literals;
using messaging::to_pickle;

/// A peer as other programs are: a bare socket.
class ZmqPeer {
public:
    ZmqPeer(const asio::any_io_executor& executor, const ZmqServer& server,
            zmq::socket_type type = zmq::socket_type::dealer)
        : socket_(executor, type) {
        socket_.socket().set(zmq::sockopt::linger, 0);
        socket_.socket().connect("tcp://" + to_string(server.address()));
    }

    void send(std::initializer_list<std::string_view> frames) {
        BOOST_TEST_REQUIRE(socket_.try_send(frames));
    }

    /// The frames of the next message, with slashes between.
    asio::awaitable<std::string> receive() {
        const Waiting waiting("a reply");
        const std::optional<Frames> frames = co_await socket_.receive();
        std::string text;
        for (const zmq::message_t& frame : frames.value()) {
            text += (&frame == frames->data() ? "" : "/") + frame.to_string();
        }
        co_return text;
    }

private:
    ZmqSocket socket_;
};

std::string pickled(const cookbook::rpc::Call& call) {
    return wrap_call(call, Form::tuple);
}

std::string json_call(int id, const std::string& function, std::vector<Value> args) {
    return format_request(
        {.id = id, .call = {function, std::move(args), {}}, .timeout = {}, .error = {}});
}

/// What a pickled reply says: JSON, or the exception.
std::string outcome_in(std::string_view message) {
    try {
        return messaging::to_json(unwrap_reply(message, Form::tuple));
    } catch (const RemoteError& error) {
        return error.what();
    }
}

asio::awaitable<int> run_seconds(int& begun, int seconds) {
    ++begun;
    asio::steady_timer timer(co_await this_coro::executor, std::chrono::seconds(seconds));
    co_await timer.async_wait(use_awaitable);
    co_return seconds;
}

/// "run": takes so many seconds; `begun` counts its calls. And add.
std::shared_ptr<const RpcHandler> counted_calls(int& begun) {
    RpcHandler handler;
    handler.register_function("run", [&begun](int seconds) { return run_seconds(begun, seconds); },
                              {"seconds"});
    handler.register_function("add", [](int x, int y) { return x + y; }, {"x", "y"});
    return std::make_shared<RpcHandler>(std::move(handler));
}

/// Tells a server of counted_calls() to stop while a call is under way that takes so many seconds.
asio::awaitable<void> stop_amid_a_call(ZmqServer& server, ZmqPeer& dealer, const int& begun,
                                       int seconds) {
    dealer.send({"", pickled({"run", {seconds}, {}})});
    co_await until([&] { return begun == 1; }, "the call to run");
    server.stop();
    co_await settle();
}

asio::awaitable<std::string> outcome_of(RpcProxy& proxy, cookbook::rpc::Call call) {
    try {
        co_return messaging::to_json(co_await proxy.call(std::move(call)));
    } catch (const std::exception& error) {
        co_return error.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rpc)

// --- The server ----------------------------------------------------------------------------------

ASYNC_TEST_CASE(over_zmq_req_and_dealer_are_served) {
    const auto executor = co_await this_coro::executor;
    ZmqServer server(executor);
    ZmqPeer req(executor, server, zmq::socket_type::req);
    req.send({pickled({"add", {2}, {{"y", 3}}})});
    BOOST_TEST(outcome_in(co_await req.receive()) == "5");
    req.send({pickled({"nosuch", {}, {}})});
    BOOST_TEST(outcome_in(co_await req.receive()) == "KeyError: 'nosuch'");
    req.send({pickled({"sleep", {0.001}, {}})});
    BOOST_TEST(outcome_in(co_await req.receive()) == "0.001");
    ZmqPeer dealer(executor, server);
    dealer.send({"", json_call(7, "add", {2, 3})});
    const std::string response = co_await dealer.receive();
    BOOST_TEST(response == R"(/{"jsonrpc": "2.0", "result": 5, "id": 7})",
               "a DEALER gets an empty frame and the response, not " << response);
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_what_is_no_call_is_replied_to) {
    const auto executor = co_await this_coro::executor;
    ZmqServer server(executor);
    ZmqPeer req(executor, server, zmq::socket_type::req);
    const std::string call = pickled({"add", {2, 3}, {}});
    for (const std::string& message :
         {to_pickle(1), to_pickle(Tuple{{"add", Tuple{}}}), "\x80"s,
          "\x80\x04"
          "cposix\nsystem\n\x8c\x02id\x85R."s,
          to_pickle(Bytes{call}), to_pickle(Bytes{to_pickle(Bytes{call})})}) {
        req.send({message});
        const std::string outcome = outcome_in(co_await req.receive());
        BOOST_TEST(outcome.starts_with("ValueError: "),
                   in_quotes(message)
                       << " gave " << outcome << ": without a reply a REQ would wait for ever");
    }
    req.send({"no JSON"});
    BOOST_TEST((co_await req.receive()).find("-32700") != std::string::npos);
    req.send({""});
    BOOST_TEST((co_await req.receive()).find("-32700") != std::string::npos);
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_other_frames_are_dropped) {
    const Log log;
    const auto executor = co_await this_coro::executor;
    ZmqServer server(executor);
    ZmqPeer dealer(executor, server);
    const std::string call = json_call(1, "add", {1, 1});
    dealer.send({call});
    dealer.send({""});
    dealer.send({"x", call});
    dealer.send({"", call, call});
    dealer.send({"", "", call});
    dealer.send({"", call, "", "", "", "", ""});
    dealer.send({"", json_call(2, "add", {2, 3})});
    const std::string response = co_await dealer.receive();
    BOOST_TEST(response == R"(/{"jsonrpc": "2.0", "result": 5, "id": 2})",
               "only [empty, call] is a call, but the first response was " << response);
    std::string expected;
    for (int i = 0; i < 6; ++i) {
        expected += "warning: dropped a message: its frames are not [empty, call]\n";
    }
    BOOST_TEST(log.text() == expected);
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_pickles_are_answered_in_their_order_and_json_by_its_ids) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor, {.functions = counted_calls(begun)});
    ZmqPeer dealer(executor, server);
    dealer.send({"", pickled({"run", {2}, {}})});
    dealer.send({"", pickled({"add", {1, 1}, {}})});
    ZmqPeer other(executor, server);
    other.send({"", json_call(1, "run", {1})});
    other.send({"", json_call(2, "add", {1, 1})});
    BOOST_TEST((co_await other.receive()).find("\"id\": 2") != std::string::npos);
    co_await until([&] { return begun == 2; }, "both calls to run");
    co_await advance(1001ms);
    BOOST_TEST((co_await other.receive()).find("\"id\": 1") != std::string::npos);
    co_await advance(1001ms);
    BOOST_TEST(outcome_in((co_await dealer.receive()).substr(1)) == "2",
               "a pickled reply has no id, so it must not overtake another");
    BOOST_TEST(outcome_in((co_await dealer.receive()).substr(1)) == "2");
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_nothing_is_left_lying_though_the_descriptor_speaks_once) {
    const auto executor = co_await this_coro::executor;
    ZmqServer server(executor);
    ZmqPeer dealer(executor, server);
    constexpr int count = 500;
    for (int i = 0; i < count; ++i) {
        dealer.send({"", pickled({"add", {i, 1}, {}})});
    }
    for (int i = 0; i < count; ++i) {
        const std::string outcome = outcome_in((co_await dealer.receive()).substr(1));
        BOOST_TEST(outcome == std::to_string(i + 1));
    }
    co_await server.end();
}

// --- Its limits ----------------------------------------------------------------------------------

ASYNC_TEST_CASE(over_zmq_too_many_calls_of_one_peer_wait_and_hold_up_nobody) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor, {.options = {.max_calls = 2}, .functions = counted_calls(begun)});
    ZmqPeer busy(executor, server);
    for (int id = 0; id < 5; ++id) {
        busy.send({"", json_call(id, "run", {10})});
    }
    co_await until([&] { return begun == 2; }, "two calls to run");
    ZmqPeer other(executor, server);
    other.send({"", pickled({"add", {2, 3}, {}})});
    BOOST_TEST(outcome_in((co_await other.receive()).substr(1)) == "5");
    BOOST_TEST(begun == 2, begun << " calls run, of two that may run at once");
    for (int id = 0; id < 5; ++id) {
        co_await advance(10001ms);
    }
    for (int id = 0; id < 5; ++id) {
        BOOST_TEST((co_await busy.receive()).find("\"result\": 10") != std::string::npos);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_so_many_peers_have_calls_at_once_and_no_more) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor,
                     {.limits = {.max_connections = 1}, .functions = counted_calls(begun)});
    ZmqPeer first(executor, server);
    first.send({"", json_call(1, "run", {10})});
    co_await until([&] { return begun == 1; }, "the first call to run");
    first.send({"", json_call(2, "run", {10})});
    co_await until([&] { return begun == 2; }, "another call of the same peer to run");
    ZmqPeer second(executor, server);
    second.send({"", json_call(1, "run", {10})});
    co_await settle(100ms);
    BOOST_TEST(begun == 2, "a second peer has a call, of one that may have some");
    co_await advance(10001ms);
    co_await until([&] { return begun == 3; }, "the second peer's call to run");
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_calls_of_a_peer_with_too_many_waiting_are_dropped_and_hold_up_nobody) {
    const Log log;
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor,
                     {.options = {.max_message = 2000}, .functions = counted_calls(begun)});
    ZmqPeer flooding(executor, server);
    flooding.send({"", pickled({"run", {20}, {}})});
    constexpr int count = 200;
    for (int i = 0; i < count; ++i) {
        flooding.send({"", pickled({"add", {i, 1}, {}})});
    }
    const std::string warning = "calls waiting: further ones are dropped";
    co_await until([&] { return log.text().find(warning) != std::string::npos; },
                   "calls to be dropped, since one takes its time and 2,000 bytes wait for it");
    ZmqPeer other(executor, server);
    other.send({"", pickled({"add", {2, 3}, {}})});
    BOOST_TEST(outcome_in((co_await other.receive()).substr(1)) == "5");
    BOOST_TEST(begun == 1);
    co_await advance(20001ms);
    BOOST_TEST(outcome_in((co_await flooding.receive()).substr(1)) == "20");
    int dropped = 0;
    for (int i = 0; i < count; ++i) {
        const std::string outcome = outcome_in((co_await flooding.receive()).substr(1));
        dropped += outcome == "ValueError: too many calls are waiting" ? 1 : 0;
        BOOST_TEST((outcome == std::to_string(i + 1) || outcome.starts_with("ValueError")),
                   "the reply to call " << i << " was " << outcome
                                        << ": one that is missing makes the later ones wrong");
    }
    BOOST_TEST(dropped > 0);
    BOOST_TEST(log.text().find(warning) == log.text().rfind(warning), "the log says it once");
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_a_long_message_ends_its_own_peer_only) {
    const auto executor = co_await this_coro::executor;
    ZmqServer server(executor, {.options = {.max_message = 1000}});
    ZmqPeer good(executor, server);
    ZmqPeer bad(executor, server);
    bad.send({"", pickled({"echo", {std::string(2000, 'x')}, {}})});
    for (int i = 0; i < 3; ++i) {
        good.send({"", pickled({"echo", {std::string(900, 'x')}, {}})});
        BOOST_TEST((co_await good.receive()).size() > 900U);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_a_peer_that_has_left_is_forgotten) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor,
                     {.limits = {.max_connections = 2}, .functions = counted_calls(begun)});
    for (int left = 1; left <= 4; ++left) {
        const std::size_t before = open_descriptors();
        {
            ZmqPeer gone(executor, server);
            gone.send({"", json_call(1, "run", {1})});
            gone.send({"", json_call(2, "run", {1000})});
            co_await until([&] { return begun == 2 * left; }, "the calls to run");
        }
        co_await until([&] { return open_descriptors() <= before; }, "the connection to be closed");
        co_await settle(20ms);  // its end comes to the ROUTER right after that
        co_await advance(1001ms);
    }
    ZmqPeer other(executor, server);
    other.send({"", pickled({"add", {2, 3}, {}})});
    BOOST_TEST(outcome_in((co_await other.receive()).substr(1)) == "5",
               "a reply to nobody must end neither the server nor a place for peers");
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_what_is_no_zmq_ends_its_own_connection_only) {
    const auto executor = co_await this_coro::executor;
    ZmqServer server(executor);
    for (const std::string& greeting :
         {"GET / HTTP/1.1\r\n\r\n"s, std::string(100, '\0'), "\xff\0\0\0\0\0\0\0\x01\x7f"s}) {
        tcp::socket socket = co_await connect_to(server.endpoint());
        co_await send_all(socket, greeting);
    }
    ZmqPeer other(executor, server);
    other.send({"", pickled({"add", {2, 3}, {}})});
    BOOST_TEST(outcome_in((co_await other.receive()).substr(1)) == "5");
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_a_signal_interrupts_nothing) {
    static std::atomic<int> signals;
    signals = 0;
    const auto before = std::signal(SIGUSR1, [](int) { ++signals; });
    const auto executor = co_await this_coro::executor;
    ZmqSocket socket(executor, zmq::socket_type::dealer);
    constexpr int count = 1000;
    std::jthread sender([to = ::pthread_self()] {
        for (int sent = 0; sent < count; ++sent) {
            ::pthread_kill(to, SIGUSR1);
            while (signals <= sent) {  // one at a time, or some would be lost
            }
        }
    });
    while (signals < count) {
        socket.events();
        BOOST_TEST_REQUIRE(!socket.try_receive().has_value());
        socket.try_send({"", "to nobody"});
    }
    sender.join();
    std::signal(SIGUSR1, before);
}

// --- Its end -------------------------------------------------------------------------------------

ASYNC_TEST_CASE(over_zmq_calls_in_flight_finish_before_the_server_stops) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor,
                     {.limits = {.drain_timeout = 60s}, .functions = counted_calls(begun)});
    ZmqPeer dealer(executor, server);
    co_await stop_amid_a_call(server, dealer, begun, 20);
    BOOST_TEST(!server.stopped());
    co_await advance(21s);
    BOOST_TEST(outcome_in((co_await dealer.receive()).substr(1)) == "20",
               "a call in flight may finish within --drain");
    co_await server.join();
}

ASYNC_TEST_CASE(over_zmq_calls_that_outlast_the_drain_are_cut_off) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor,
                     {.limits = {.drain_timeout = 5s}, .functions = counted_calls(begun)});
    ZmqPeer dealer(executor, server);
    co_await stop_amid_a_call(server, dealer, begun, 1000);
    co_await advance(5001ms);
    BOOST_TEST(server.stopped(), "a call that does not end keeps the server from stopping");
    co_await server.join();
}

ASYNC_TEST_CASE(over_zmq_a_peer_that_takes_nothing_does_not_keep_the_server) {
    const auto executor = co_await this_coro::executor;
    ZmqServer server(executor, {.options = {.max_calls = 1}, .limits = {.drain_timeout = 5s}});
    ZmqPeer stuck(executor, server);
    const std::string call = pickled({"echo", {Bytes{std::string(1 << 20, 'x')}}, {}});
    for (int i = 0; i < 40; ++i) {
        stuck.send({"", call});
    }
    co_await settle(100ms);
    server.stop();
    co_await settle();
    co_await advance(5001ms);
    co_await until([&] { return server.stopped(); }, "the server to give it up");
    co_await server.join();
}

// --- The client ----------------------------------------------------------------------------------

ASYNC_TEST_CASE(over_zmq_a_proxy_calls_as_over_a_connection) {
    const auto executor = co_await this_coro::executor;
    for (const char* host : {"127.0.0.1", "::1"}) {
        ZmqServer server(executor, {.host = host});
        RpcProxy proxy(co_await connect_dealer(server.address(), {}), Form::tuple);
        BOOST_TEST(co_await proxy.call<int>("add", 2, 3) == 5);
        BOOST_TEST(co_await outcome_of(proxy, {"divide", {1, 0}, {}}) ==
                   "ZeroDivisionError: division by zero");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(over_zmq_a_json_client_calls_side_by_side) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor, {.functions = counted_calls(begun)});
    JsonRpcClient client(co_await connect_dealer(server.address(), {}), 60s);
    const auto talk = [](JsonRpcClient& with, int& running) -> asio::awaitable<void> {
        const auto run = [](JsonRpcClient& one, int seconds) -> asio::awaitable<void> {
            const Value result = co_await one.call({"run", {seconds}, {}});
            BOOST_TEST(result.as<std::int64_t>() == seconds);
        };
        TaskGroup group(co_await this_coro::executor);
        group.spawn(run(with, 2));
        group.spawn(run(with, 1));
        co_await until([&] { return running == 2; }, "both calls to run");
        co_await advance(1001ms);
        co_await group.wait_for_fewer_than(2);
        co_await advance(1001ms);
        co_await group.join();
    };
    co_await client.run(talk(client, begun));
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_a_client_learns_that_the_server_has_left_or_says_nothing) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    std::optional<ZmqServer> server;
    server.emplace(executor, ZmqServer::Plan{.limits = {.drain_timeout = 0s},
                                             .functions = counted_calls(begun)});
    TaskGroup calls(executor);
    std::string outcome;
    const auto call = [](RpcProxy& with, std::string& to) -> asio::awaitable<void> {
        to = co_await outcome_of(with, {"run", {1000}, {}});
    };
    {
        RpcProxy silent(co_await connect_dealer(server->address(), {.idle_timeout = 30s}),
                        Form::tuple);
        calls.spawn(call(silent, outcome));
        co_await until([&] { return begun == 1; }, "the first call to run");
        co_await advance(31s);
        co_await calls.join();
        BOOST_TEST(outcome.starts_with("Connection timed out"), "the outcome was " << outcome);
    }
    RpcProxy proxy(co_await connect_dealer(server->address(), {}), Form::tuple);
    calls.spawn(call(proxy, outcome));
    co_await until([&] { return begun == 2; }, "the second call to run");
    co_await server->end();
    server.reset();
    co_await calls.join();
    BOOST_TEST(outcome == "the server closed the connection instead of replying");
}

ASYNC_TEST_CASE(over_zmq_a_client_can_be_cancelled_while_it_waits) {
    const auto executor = co_await this_coro::executor;
    int begun = 0;
    ZmqServer server(executor,
                     {.limits = {.drain_timeout = 0s}, .functions = counted_calls(begun)});
    RpcProxy proxy(co_await connect_dealer(server.address(), {}), Form::tuple);
    TaskGroup calls(executor);
    std::string outcome;
    const auto call = [](RpcProxy& with, std::string& to) -> asio::awaitable<void> {
        co_await this_coro::throw_if_cancelled(false);
        to = co_await outcome_of(with, {"run", {1000}, {}});
    };
    calls.spawn(call(proxy, outcome));
    co_await until([&] { return begun == 1; }, "the call to run");
    calls.cancel();
    co_await calls.join();
    BOOST_TEST(outcome.starts_with("Operation canceled"), "the outcome was " << outcome);
    co_await server.end();
}

ASYNC_TEST_CASE(over_zmq_a_client_learns_why_it_cannot_connect) {
    const auto executor = co_await this_coro::executor;
    const tcp::acceptor silent = listen_v4(executor);
    const HostPort silent_address{.port = silent.local_endpoint().port()};
    const tcp::socket nobody = bind_v4(executor);
    const HostPort address{.port = nobody.local_endpoint().port()};
    const auto failure = [](HostPort to) -> asio::awaitable<std::string> {
        try {
            co_await connect_dealer(to, {.handshake_timeout = 10ms});
            co_return "none";
        } catch (const std::system_error& error) {
            co_return error.what();
        }
    };
    BOOST_TEST(co_await failure(silent_address) ==
                   "connect " + to_string(silent_address) + ": Connection timed out",
               "whoever listens there says nothing");
    BOOST_TEST(co_await failure(address) ==
               "connect " + to_string(address) + ": Connection refused");
    ZmqServer server(executor);
    BOOST_CHECK_EXCEPTION(
        Router(executor, server.address(), {}), std::system_error,
        says("listen on " + to_string(server.address()) + ": Address already in use"));
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
