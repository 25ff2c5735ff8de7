// Recipe 11.8, JSON-RPC 2.0: the specification's examples, many calls at once, deadlines,
// cancellation.
#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "11_08_rpc/forms/json_rpc.hpp"
#include "11_08_rpc/session/json_rpc_client.hpp"
#include "11_08_rpc_server.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/memory_stream.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;
using namespace std::string_literals;
using rpc_call = cookbook::rpc::Call;
using cookbook::rpc::Code;
using cookbook::rpc::JsonRpcClient;
using cookbook::rpc::RpcHandler;
using cookbook::rpc::Value;
using messaging::Connection;

/// A request for a function, with `rest` before its end: an id, a timeout.
std::string request_for(const std::string& function, const std::string& params,
                        const std::string& rest) {
    return R"({"jsonrpc": "2.0", "method": ")" + function + R"(", "params": )" + params +
           (rest.empty() ? "" : ", " + rest) + "}";
}

std::string result_for(const std::string& id, const std::string& result) {
    return R"({"jsonrpc": "2.0", "result": )" + result + R"(, "id": )" + id + "}";
}

std::string error_for(const std::string& id, int code, const std::string& message) {
    return R"({"jsonrpc": "2.0", "error": {"code": )" + std::to_string(code) + R"(, "message": ")" +
           message + R"("}, "id": )" + id + "}";
}

asio::awaitable<std::string> receive_text(Connection& connection) {
    const Waiting waiting("a response");
    const auto message = co_await connection.recv_bytes();
    co_return std::string(message.value_or("the end"));
}

asio::awaitable<void> receive_into(std::string& text, Connection& connection) {
    text = co_await receive_text(connection);
}

asio::awaitable<void> expect_response(Connection& connection, std::string expected,
                                      std::string rule) {
    const std::string response = co_await receive_text(connection);
    BOOST_TEST(response == expected, rule << ": the response was " << response);
}

/// What the server says to a text; "nothing" if it says nothing.
asio::awaitable<std::string> response_to(Connection& connection, std::string text) {
    const std::string mark = result_for(R"("mark")", "0");
    co_await connection.send_bytes(text);
    co_await connection.send_bytes(request_for("add", "[0, 0]", R"("id": "mark")"));
    std::string response = co_await receive_text(connection);
    if (response == mark) {
        co_return "nothing";
    }
    co_await expect_response(connection, mark, "one message gets at most one response");
    co_return response;
}

asio::awaitable<int> wait_for(int seconds) {
    asio::steady_timer timer(co_await this_coro::executor, std::chrono::seconds(seconds));
    co_await timer.async_wait(use_awaitable);
    co_return seconds;
}

/// "run": takes so many seconds; `begun` counts its calls. "left": the seconds that it has.
std::shared_ptr<const RpcHandler> timed_functions(int& begun) {
    RpcHandler handler;
    handler.register_function("run",
                              [&begun](int seconds) {
                                  ++begun;
                                  return wait_for(seconds);
                              },
                              {"seconds"});
    handler.register_function("left",
                              [](cookbook::rpc::Context context) {
                                  const auto left = context.time_left();
                                  return left ? std::chrono::duration<double>(*left).count() : -1.0;
                              },
                              {});
    return std::make_shared<RpcHandler>(std::move(handler));
}

asio::awaitable<std::string> outcome_of_call(JsonRpcClient& client, rpc_call call,
                                             std::optional<JsonRpcClient::duration> timeout = {}) {
    try {
        co_return messaging::to_json(co_await client.call(std::move(call), timeout));
    } catch (const std::exception& error) {
        co_return error.what();
    }
}

/// A server that says the same to its one client, whatever that asks, and then stays silent.
asio::awaitable<void> say(tcp::acceptor& acceptor, std::vector<std::string> texts) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    Connection connection(std::make_unique<SocketStream>(std::move(socket)), {});
    co_await connection.authenticate(rpc_key, messaging::Role::listener);
    co_await connection.recv_bytes();
    for (const std::string& text : texts) {
        co_await connection.send_bytes(text);
    }
    co_await connection.recv_bytes();
}

/// What a client makes of it when it calls f().
asio::awaitable<std::string> outcome_of_texts(std::vector<std::string> texts) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen_v4(executor);
    TaskGroup group(executor);
    group.spawn(say(acceptor, std::move(texts)));
    std::string outcome;
    {
        JsonRpcClient client(co_await messaging::connect(
                                 HostPort{.port = acceptor.local_endpoint().port()}, rpc_key),
                             60s);
        const auto talk = [](JsonRpcClient& with, std::string& to) -> asio::awaitable<void> {
            to = co_await outcome_of_call(with, {"f", {}, {}});
        };
        co_await client.run(talk(client, outcome));
    }
    co_await group.join();
    co_return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rpc)

// --- The form ------------------------------------------------------------------------------------

ASYNC_TEST_CASE(responds_as_the_specification_shows) {
    struct Example {
        std::string sent;
        std::string response;
    };
    const std::string invalid = error_for("null", -32600, "Invalid Request");
    const Example examples[] = {
        // section 7, in its order
        {R"({"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1})",
         result_for("1", "19")},
        {R"({"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2})",
         result_for("2", "-19")},
        {R"({"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3})",
         result_for("3", "19")},
        {R"({"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4})",
         result_for("4", "19")},
        {R"({"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]})", "nothing"},
        {R"({"jsonrpc": "2.0", "method": "foobar"})", "nothing"},
        {R"({"jsonrpc": "2.0", "method": "foobar", "id": "1"})",
         error_for(R"("1")", -32601, "Method not found")},
        {R"({"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz])",
         error_for("null", -32700, "Parse error")},
        {R"({"jsonrpc": "2.0", "method": 1, "params": "bar"})", invalid},
        {R"([{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method")",
         error_for("null", -32700, "Parse error")},
        {"[]", invalid},
        {"[1]", "[" + invalid + "]"},
        {"[1,2,3]", "[" + invalid + ", " + invalid + ", " + invalid + "]"},
        {R"([{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
             {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
             {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
             {"foo": "boo"},
             {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
             {"jsonrpc": "2.0", "method": "get_data", "id": "9"}])",
         "[" + result_for(R"("1")", "7") + ", " + result_for(R"("2")", "19") + ", " + invalid +
             ", " + error_for(R"("5")", -32601, "Method not found") + ", " +
             result_for(R"("9")", R"(["hello", 5])") + "]"},
        {R"([{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
             {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}])",
         "nothing"},
    };
    RpcServer server(co_await this_coro::executor);
    Connection connection = co_await server.connection();
    for (const auto& [sent, expected] : examples) {
        const std::string response = co_await response_to(connection, sent);
        BOOST_TEST(response == expected, "to " << sent << " the response was " << response);
    }
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(knows_what_is_no_request) {
    const auto error_in = [](const std::string& text) {
        const auto requests = cookbook::rpc::parse_requests(text);
        BOOST_TEST_REQUIRE(requests.requests.size() == 1U);
        return requests.requests[0].error;
    };
    for (const std::string& text :
         {"1"s, "null"s, "\"x\""s, "[]"s, "{}"s, R"({"method": "f", "id": 1})"s,
          R"({"jsonrpc": 2.0, "method": "f", "id": 1})"s,
          R"({"jsonrpc": "1.0", "method": "f", "id": 1})"s, request_for("f", "1", R"("id": 1)"),
          request_for("f", "null", R"("id": 1)"), request_for("f", "[]", R"("id": true)"),
          request_for("f", "[]", R"("id": [1])"), request_for("f", "[]", R"("id": {})"),
          request_for("f", "[]", R"("id": 1, "timeout": -0.1)"),
          request_for("f", "[]", R"("id": 1, "timeout": -)" + std::string(30, '9')),
          request_for("f", "[]", R"("id": 1, "timeout": "1")"),
          request_for("f", "[]", R"("id": 1, "timeout": true)"),
          request_for("f", "[]", R"("id": 1, "timeout": null)")}) {
        BOOST_TEST((error_in(text) == Code::invalid_request), "taken for a request: " << text);
    }
    for (const std::string& text : {""s, "{"s, "NaN"s, "[1,]"s, "{} x"s, "\x80"s,
                                    request_for("f", "[Infinity]", R"("id": 1)"),
                                    request_for("f", "[]", R"("id": 1)") + "{}"}) {
        BOOST_TEST((error_in(text) == Code::parse_error), "taken for JSON: " << text);
    }
    for (const std::string& text :
         {request_for("f", "[]", ""), request_for("f", "{}", R"("id": null)"),
          request_for("f", "[]", R"("id": 1.5, "timeout": 0)"),
          request_for("f", "[]", R"("id": 1, "timeout": )" + std::string(30, '9')),
          R"({"jsonrpc": "2.0", "method": ""})"s,
          request_for("f", "[]", R"("id": "x", "more": 1)")}) {
        BOOST_TEST(!error_in(text).has_value(), "not taken for a request: " << text);
    }
}

BOOST_AUTO_TEST_CASE(a_batch_has_at_most_a_thousand_requests) {
    const auto batch_of = [](std::size_t count) {
        std::string text = "[1";
        for (std::size_t i = 1; i < count; ++i) {
            text += ", 1";
        }
        return cookbook::rpc::parse_requests(text + "]");
    };
    BOOST_TEST(batch_of(1000).requests.size() == 1000U);
    const auto longer = batch_of(1001);
    BOOST_TEST(!longer.is_batch);
    BOOST_TEST_REQUIRE(longer.requests.size() == 1U);
    BOOST_TEST((longer.requests[0].error == Code::invalid_request));
}

ASYNC_TEST_CASE(says_what_is_wrong_with_a_call) {
    RpcServer server(co_await this_coro::executor);
    Connection connection = co_await server.connection();
    const auto expect_error = [&](std::string sent, std::string part) -> asio::awaitable<void> {
        const std::string response = co_await response_to(connection, sent);
        BOOST_TEST(response.find(part) != response.npos,
                   "to " << sent << " the response was " << response << ", without " << part);
    };
    for (const char* params : {"[1]", "[1, 2, 3]", R"({"z": 1})", R"([1, "2"])"}) {
        co_await expect_error(request_for("add", params, R"("id": 1)"), R"("code": -32602)");
    }
    co_await expect_error(request_for("add", "[1]", R"("id": 1)"),
                          "add() missing 1 required positional argument: 'y'");
    co_await expect_error(
        request_for("fail", R"(["ValueError", "text"])", R"("id": null)"),
        R"("error": {"code": -32000, "message": "ValueError: text", "data": {"type": "ValueError", "args": ["text"]}}, "id": null)");
    co_await expect_error(request_for("divide", "[1, 0]", R"("id": 1)"),
                          R"("message": "ZeroDivisionError: division by zero")");
    const std::string nothing =
        co_await response_to(connection, request_for("divide", "[1, 0]", ""));
    BOOST_TEST(nothing == "nothing", "a notification is never answered, not even with an error");
    co_await server.end();
}

ASYNC_TEST_CASE(speaks_plain_json) {
    RpcHandler handler;
    handler.register_function("tuple", [] { return Value(cookbook::rpc::Tuple{{1, 2}}); }, {});
    handler.register_function("bytes", [] { return Value(cookbook::rpc::Bytes{"x"}); }, {});
    handler.register_function("echo", [](Value value) { return value; }, {"value"});
    handler.register_function("add", [](int x, int y) { return x + y; }, {"x", "y"});
    RpcServer server(co_await this_coro::executor,
                     {.functions = std::make_shared<RpcHandler>(std::move(handler))});
    Connection connection = co_await server.connection();
    std::string response =
        co_await response_to(connection, request_for("tuple", "[]", R"("id": 1)"));
    BOOST_TEST(response == result_for("1", "[1, 2]"));
    response = co_await response_to(connection, request_for("bytes", "[]", R"("id": 1)"));
    BOOST_TEST(response.find(R"("code": -32603, "message": "Internal error")") != response.npos,
               "JSON has no word for bytes: " << response);
    const std::string odd = R"({"tuple": [1]})";
    response = co_await response_to(connection, request_for("echo", "[" + odd + "]", R"("id": 1)"));
    BOOST_TEST(response == result_for("1", odd), "a member's name means nothing in plain JSON");
    co_await server.end();
}

// --- Step 4: many at once ------------------------------------------------------------------------

ASYNC_TEST_CASE(answers_out_of_order_with_ids) {
    RpcServer server(co_await this_coro::executor);
    Connection connection = co_await server.connection();
    co_await connection.send_bytes(request_for("sleep", "[20]", R"("id": "slow")"));
    co_await connection.send_bytes(request_for("sleep", "[1]", R"("id": "quick")"));
    co_await connection.send_bytes(request_for("add", "[1, 1]", R"("id": "at once")"));
    co_await expect_response(connection, result_for(R"("at once")", "2"),
                             "a call that is done is answered, whatever was asked before it");
    co_await advance(1001ms);
    co_await expect_response(connection, result_for(R"("quick")", "1"), "then the quicker one");
    co_await advance(20s);
    co_await expect_response(connection, result_for(R"("slow")", "20"), "then the slower one");
    co_await server.end();
}

ASYNC_TEST_CASE(a_batch_is_answered_when_all_of_it_is_done) {
    RpcServer server(co_await this_coro::executor);
    Connection connection = co_await server.connection();
    co_await connection.send_bytes("[" + request_for("sleep", "[2]", R"("id": 1)") + ", " +
                                   request_for("add", "[1, 1]", R"("id": 2)") + ", " +
                                   request_for("sleep", "[20]", "") + "]");
    std::string response;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(receive_into(response, connection));
    co_await settle();
    co_await advance(2001ms);
    BOOST_TEST(response == "", "one of its calls still runs, but the response was " << response);
    co_await advance(20s);
    co_await group.join();
    BOOST_TEST(response == "[" + result_for("2", "2") + ", " + result_for("1", "2") + "]",
               "the responses to a batch come in one array: the response was " << response);
    co_await server.end();
}

ASYNC_TEST_CASE(a_batch_under_way_is_answered_before_the_server_stops) {
    RpcServer server(co_await this_coro::executor,
                     {.limits = {.drain_timeout = 60s}, .session = {.max_calls = 1}});
    Connection connection = co_await server.connection();
    co_await connection.send_bytes("[" + request_for("sleep", "[1]", R"("id": 1)") + ", " +
                                   request_for("sleep", "[2]", R"("id": 2)") + "]");
    co_await settle();
    server.stop();
    co_await settle();
    co_await advance(1001ms);
    co_await advance(2001ms);
    co_await expect_response(connection,
                             "[" + result_for("1", "1") + ", " + result_for("2", "2") + "]",
                             "a batch that has come is dealt with, also what waits for its turn");
    co_await server.join();
}

ASYNC_TEST_CASE(reads_no_further_while_too_many_calls_run) {
    int begun = 0;
    RpcServer server(co_await this_coro::executor,
                     {.session = {.max_calls = 2}, .functions = timed_functions(begun)});
    Connection connection = co_await server.connection();
    for (int id = 0; id < 5; ++id) {
        co_await connection.send_bytes(
            request_for("run", "[10]", R"("id": )" + std::to_string(id)));
    }
    co_await until([&] { return begun >= 2; }, "two calls to run");
    BOOST_TEST(begun == 2, begun << " calls run, of two that may run at once");
    co_await advance(10001ms);
    BOOST_TEST(begun == 4, "when a call has ended, the next one begins");
    co_await advance(10001ms);
    BOOST_TEST(begun == 5);
    co_await advance(10001ms);
    for (int id = 0; id < 5; ++id) {
        const std::string response = co_await receive_text(connection);
        BOOST_TEST(response.find("\"result\": 10") != response.npos);
    }
    co_await server.end();
}

// --- Step 5: cancellation and deadlines ----------------------------------------------------------

ASYNC_TEST_CASE(a_request_can_be_cancelled) {
    int begun = 0;
    RpcServer server(co_await this_coro::executor, {.functions = timed_functions(begun)});
    Connection connection = co_await server.connection();
    for (const char* id : {"1", "\"1\""}) {
        co_await connection.send_bytes(request_for("run", "[10]", R"("id": )"s + id));
    }
    for (const char* id : {"2", "null", "[1]"}) {  // which nobody has asked with
        co_await connection.send_bytes(
            request_for("$/cancelRequest", R"({"id": )"s + id + "}", ""));
    }
    co_await connection.send_bytes(request_for("$/cancelRequest", R"({"id": 1})", ""));
    co_await expect_response(connection, error_for("1", -32800, "Request cancelled"),
                             "the request with the id 1, and not the one with \"1\", is cancelled");
    co_await advance(10001ms);
    co_await expect_response(connection, result_for(R"("1")", "10"), "the other one goes on");
    co_await server.end();
}

ASYNC_TEST_CASE(a_request_ends_at_its_deadline) {
    int begun = 0;
    RpcServer server(co_await this_coro::executor, {.functions = timed_functions(begun)});
    Connection connection = co_await server.connection();
    co_await connection.send_bytes(request_for("run", "[100]", R"("timeout": 20.5, "id": 1)"));
    co_await connection.send_bytes(request_for("run", "[40]", R"("timeout": 1e300, "id": 2)"));
    std::string response;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(receive_into(response, connection));
    co_await settle();
    co_await advance(15s);
    BOOST_TEST(response == "", "it may still run, but the response was " << response);
    co_await advance(5501ms);
    co_await group.join();
    BOOST_TEST(response == error_for("1", -32001, "Deadline passed"),
               "after its timeout a call is cancelled: the response was " << response);
    co_await advance(20s);
    co_await expect_response(connection, result_for("2", "40"), "a long timeout is none");
    co_await connection.send_bytes(request_for("run", "[0]", R"("timeout": 0, "id": 3)"));
    co_await expect_response(connection, error_for("3", -32001, "Deadline passed"),
                             "no time at all has passed already");
    BOOST_TEST(begun == 2, "a call whose deadline has passed is not begun");
    co_await server.end();
}

ASYNC_TEST_CASE(a_function_knows_how_much_time_is_left) {
    int begun = 0;
    RpcServer server(co_await this_coro::executor, {.functions = timed_functions(begun)});
    JsonRpcClient client(co_await server.connection(), 60s);
    const auto talk = [](JsonRpcClient& with) -> asio::awaitable<void> {
        const Value all = co_await with.call({"left", {}, {}});
        BOOST_TEST(all.as<double>() == -1.0);
        const Value left = co_await with.call({"left", {}, {}}, 100s);
        BOOST_TEST(left.as<double>() <= 100.0);
        BOOST_TEST(left.as<double>() > 90.0, "its own calls may take what is left of 100 s");
    };
    co_await client.run(talk(client));
    co_await server.end();
}

// --- The client ----------------------------------------------------------------------------------

ASYNC_TEST_CASE(a_client_calls_side_by_side) {
    RpcServer server(co_await this_coro::executor);
    JsonRpcClient client(co_await server.connection(), 60s);
    std::vector<std::string> outcomes;
    const auto talk = [](JsonRpcClient& with,
                         std::vector<std::string>& to) -> asio::awaitable<void> {
        const auto add_one = [](JsonRpcClient& one, rpc_call call,
                                std::vector<std::string>& all) -> asio::awaitable<void> {
            all.push_back(co_await outcome_of_call(one, std::move(call), 5s));
        };
        TaskGroup group(co_await this_coro::executor);
        group.spawn(add_one(with, {"sleep", {10}, {}}, to));
        group.spawn(add_one(with, {"sleep", {2}, {}}, to));
        group.spawn(add_one(with, {"add", {2, 3}, {}}, to));
        group.spawn(add_one(with, {"fail", {"KeyError", "x"}, {}}, to));
        group.spawn(add_one(with, {"nosuch", {}, {}}, to));
        co_await settle();
        co_await advance(2001ms);
        co_await advance(3s);
        co_await group.join();
    };
    co_await client.run(talk(client, outcomes));
    BOOST_TEST_REQUIRE(outcomes.size() == 5U);
    BOOST_TEST(outcomes[0] == "5");
    BOOST_TEST(outcomes[1] == "KeyError: 'x'");
    BOOST_TEST(outcomes[2] == "Method not found");
    BOOST_TEST(outcomes[3] == "2");
    BOOST_TEST(outcomes[4] == "Deadline passed",
               "nobody waits longer than the timeout: " << outcomes[4]);
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_can_be_cancelled_while_it_waits) {
    RpcServer server(co_await this_coro::executor, {.limits = {.drain_timeout = 0s}});
    JsonRpcClient client(co_await server.connection(), 60s);
    std::string outcome = "waiting";
    const auto talk = [](JsonRpcClient& with, std::string& to) -> asio::awaitable<void> {
        to = co_await outcome_of_call(with, {"sleep", {1000}, {}});
    };
    TaskGroup group(co_await this_coro::executor);
    group.spawn(client.run(talk(client, outcome)));
    co_await settle();
    BOOST_TEST(outcome == "waiting");
    group.cancel();
    co_await group.join();
    BOOST_TEST(outcome != "waiting");
    co_await server.end();
}

ASYNC_TEST_CASE(a_call_whose_time_is_over_ends_alone) {
    auto [near, far] = memory_pair(co_await this_coro::executor);
    JsonRpcClient client(Connection(std::move(near), {}), 60s);
    Connection silent(std::move(far), {});
    const auto talk = [](JsonRpcClient& with, Connection& server) -> asio::awaitable<void> {
        const auto call = [](JsonRpcClient& one, JsonRpcClient::duration timeout,
                             std::string& outcome) -> asio::awaitable<void> {
            outcome = co_await outcome_of_call(one, {"f", {}, {}}, timeout);
        };
        std::string slow;
        std::string quick;
        TaskGroup group(co_await this_coro::executor);
        group.spawn(call(with, 1s, slow));
        group.spawn(call(with, 20s, quick));
        co_await settle();
        co_await advance(1001ms);
        BOOST_TEST(slow == "Deadline passed", "as the server would say it, not " << slow);
        co_await server.send_bytes(result_for("2", "5"));
        co_await group.join();
        BOOST_TEST(quick == "5", "the other call goes on, and gave " << quick);
    };
    co_await client.run(talk(client, silent));
}

ASYNC_TEST_CASE(a_request_that_was_cut_off_ends_the_connection_for_all_calls) {
    auto [near, far] = memory_pair(co_await this_coro::executor, {.capacity = 1000});
    const MemoryStream& stream = *near;
    JsonRpcClient client(Connection(std::move(near), {}), 60s);
    std::vector<std::string> outcomes(3, "waiting");
    const auto talk = [](JsonRpcClient& with,
                         std::vector<std::string>& to) -> asio::awaitable<void> {
        const auto call = [](JsonRpcClient& one, std::size_t size, JsonRpcClient::duration timeout,
                             std::string& outcome) -> asio::awaitable<void> {
            outcome = co_await outcome_of_call(one, {"f", {std::string(size, 'x')}, {}}, timeout);
        };
        TaskGroup group(co_await this_coro::executor);
        group.spawn(call(with, 10'000, 1s, to[0]));
        group.spawn(call(with, 10, 20s, to[1]));
        co_await settle();
        co_await advance(1001ms);
        group.spawn(call(with, 10, 20s, to[2]));
        co_await settle();
        co_await advance(20s);
        co_await group.join();
    };
    co_await client.run(talk(client, outcomes));
    BOOST_TEST(outcomes[0].starts_with("Connection timed out"), outcomes[0]);
    for (const std::string& outcome : {outcomes[1], outcomes[2]}) {
        BOOST_TEST(outcome.starts_with("Software caused connection abort"),
                   "a request after a part of another one: " << outcome);
    }
    BOOST_TEST(stream.sent() == 1000U);
}

ASYNC_TEST_CASE(a_client_takes_only_responses_to_what_it_has_asked) {
    const std::string right = result_for("1", "5");
    BOOST_TEST(co_await outcome_of_texts({right}) == "5");
    BOOST_TEST(co_await outcome_of_texts({result_for("2", "4"), result_for(R"("1")", "4"),
                                          result_for("null", "4"), right}) == "5",
               "a response to something else is ignored");
    BOOST_TEST(co_await outcome_of_texts({error_for("1", -32601, "No")}) == "No");
    for (const std::string& text :
         {""s, "{}"s, "[]"s, "x"s, R"({"jsonrpc": "2.0", "id": 1})"s,
          R"({"jsonrpc": "2.0", "result": 1})"s, R"({"result": 1, "id": 1})"s,
          R"({"jsonrpc": "2.0", "result": 1, "error": {"code": 1, "message": "x"}, "id": 1})"s,
          R"({"jsonrpc": "2.0", "error": 1, "id": 1})"s,
          R"({"jsonrpc": "2.0", "error": {"code": "1", "message": "x"}, "id": 1})"s,
          R"({"jsonrpc": "2.0", "error": {"code": 1}, "id": 1})"s,
          R"({"jsonrpc": "2.0", "result": 1, "id": [1]})"s, messaging::to_pickle(1)}) {
        const std::string outcome = co_await outcome_of_texts({text});
        BOOST_TEST(outcome.starts_with("no response: "), in_quotes(text) << " gave " << outcome);
    }
}

BOOST_AUTO_TEST_SUITE_END()
