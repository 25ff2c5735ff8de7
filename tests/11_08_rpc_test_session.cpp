// Recipe 11.8, whole connections over loopback.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "11_07_messaging/wire/protocol.hpp"
#include "11_08_rpc/cli/results.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "11_08_rpc_server.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/failure.hpp"
#include "support/loopback.hpp"
#include "support/says.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::rpc;
using namespace cookbook::testing;
using messaging::encode_header;
using messaging::to_json;

std::string frame(const std::string& message) {
    return encode_header(message.size()) + message;
}

asio::awaitable<void> send_call(Connection& connection, cookbook::rpc::Call call,
                                Form form = Form::pickle) {
    const std::string message = wrap_call(call, form);
    co_await connection.send_bytes(message);
}

/// The reply as JSON, the exception, or "the end".
asio::awaitable<std::string> receive_reply(Connection& connection, Form form = Form::pickle) {
    const Waiting waiting("a reply");
    const auto message = co_await connection.recv_bytes();
    if (!message) {
        co_return "the end";
    }
    try {
        co_return to_json(unwrap_reply(*message, form));
    } catch (const RemoteError& error) {
        co_return error.what();
    }
}

asio::awaitable<void> receive_reply_into(std::string& reply, Connection& connection) {
    reply = co_await receive_reply(connection);
}

asio::awaitable<void> expect_outcome(Connection& connection, cookbook::rpc::Call call,
                                     std::string expected, Form form = Form::pickle) {
    const std::string name = call.function;
    co_await send_call(connection, std::move(call), form);
    const std::string outcome = co_await receive_reply(connection, form);
    BOOST_TEST(outcome == expected, name << " gave " << outcome << " instead of " << expected);
}

/// Writes the message over and over until nothing of it is taken any more; returns how much was, at
/// most 64 MiB and a message.
asio::awaitable<std::size_t> written_until_stuck(Stream& stream, std::string message) {
    std::size_t written = 0;
    for (int stuck = 0; stuck < 10 && written < (std::size_t{64} << 20U);) {
        error_code would_block;
        const asio::const_buffer rest = asio::buffer(message) + written % message.size();
        const std::size_t n = stream.write_now({&rest, 1}, would_block);
        written += n;
        stuck = n == 0 ? stuck + 1 : 0;
        co_await settle();
    }
    co_return written;
}

bool is_timeout(const boost::system::system_error& failure) {
    return failure.code() == asio::error::timed_out;
}

/// Counts the coroutines in whose frames it is.
class Running {
public:
    explicit Running(int& count) : count_(count) { ++count_; }
    ~Running() { --count_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

private:
    int& count_;
};

/// A text of so many characters, after a second.
asio::awaitable<std::string> text_later(int size) {
    asio::steady_timer timer(co_await this_coro::executor, 1s);
    co_await timer.async_wait(use_awaitable);
    co_return std::string(std::size_t(size), 'x');
}

asio::awaitable<int> run_for(int& running, int seconds) {
    const Running one(running);
    asio::steady_timer timer(co_await this_coro::executor, std::chrono::seconds(seconds));
    co_await timer.async_wait(use_awaitable);
    co_return seconds;
}

/// "run": takes so many seconds, and is counted in `running` meanwhile. "text": text_later().
std::shared_ptr<const RpcHandler> counted_functions(int& running) {
    RpcHandler handler;
    handler.register_function("run", [&running](int seconds) { return run_for(running, seconds); },
                              {"seconds"});
    handler.register_function("text", text_later, {"size"});
    return std::make_shared<RpcHandler>(std::move(handler));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rpc)

// --- Calls ---------------------------------------------------------------------------------------

ASYNC_TEST_CASE(replies_in_the_form_of_the_call) {
    RpcServer server(co_await this_coro::executor);
    Connection connection = co_await server.connection();
    for (const Form form : {Form::pickle, Form::tuple, Form::pickle}) {
        co_await expect_outcome(connection, {"add", {2, 3}, {}}, "5", form);
        co_await expect_outcome(connection, {"nosuch", {}, {}}, "KeyError: 'nosuch'", form);
        co_await expect_outcome(connection, {"echo", {Bytes{"\x80"}}, {}}, R"({"bytes": "80"})",
                                form);
        co_await expect_outcome(connection, {"sleep", {0.001}, {}}, "0.001", form);
        co_await expect_outcome(connection, {"sleep", {-1}, {}},
                                "ValueError: sleep length must be non-negative", form);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_proxy_calls_with_types) {
    RpcServer server(co_await this_coro::executor);
    RpcProxy proxy(co_await server.connection());
    BOOST_TEST(co_await proxy.call<int>("add", 2, 3) == 5);
    BOOST_TEST(co_await proxy.call<double>("divide", 1, 2.0) == 0.5);
    const auto words = co_await proxy.call<std::vector<Value>>("get_data");
    BOOST_TEST(words.size() == 2U);
    std::string caught = "nothing";
    try {
        co_await proxy.call<int>("divide", 1, 0);
    } catch (const ArithmeticError& error) {
        caught = error.type();
    }
    BOOST_TEST(caught == "ZeroDivisionError", "a remote exception was caught as " << caught);
    try {
        co_await proxy.call<std::string>("add", 2, 3);
        caught = "nothing";
    } catch (const TypeError& error) {
        caught = error.what();
    }
    BOOST_TEST(caught == "TypeError: the result is int, not str");
    co_await server.end();
}

ASYNC_TEST_CASE(a_pickle_that_is_no_call_ends_its_own_connection_only) {
    RpcServer server(co_await this_coro::executor);
    Connection other = co_await server.connection();
    for (const std::string& message : {messaging::to_pickle(1),
                                       std::string("\x80\x04"
                                                   "cos\nsystem\n."),
                                       std::string("\x80")}) {
        Connection connection = co_await server.connection();
        co_await connection.send_bytes(message);
        const std::string reply = co_await receive_reply(connection);
        BOOST_TEST(reply == "the end", "the reply to " << in_quotes(message) << " was " << reply
                                                       << ": it is no call, so nobody waits");
    }
    co_await expect_outcome(other, {"add", {2, 3}, {}}, "5");
    co_await server.end();
}

ASYNC_TEST_CASE(the_calls_before_a_pickle_that_is_none_are_answered) {
    RpcServer server(co_await this_coro::executor);
    Connection connection = co_await server.connection();
    const std::string both = frame(wrap_call({"add", {2, 3}, {}}, Form::pickle)) + frame("\x80");
    co_await connection.send_framed(both);
    BOOST_TEST(co_await receive_reply(connection) == "5", "it had come before");
    BOOST_TEST(co_await receive_reply(connection) == "the end");
    co_await server.end();
}

ASYNC_TEST_CASE(calls_without_ids_are_answered_in_their_order) {
    RpcServer server(co_await this_coro::executor);
    Connection connection = co_await server.connection();
    co_await send_call(connection, {"sleep", {2}, {}});
    co_await send_call(connection, {"sleep", {1}, {}});
    co_await send_call(connection, {"add", {1, 2}, {}});
    co_await settle();
    for (int second = 0; second < 4; ++second) {
        co_await advance(1s);
    }
    for (const char* expected : {"2", "1", "3"}) {
        const std::string reply = co_await receive_reply(connection);
        BOOST_TEST(reply == expected,
                   "a reply in a pickle form has no id, so the peer takes it for that of its first "
                   "call: it must wait for the calls before it");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(replies_that_are_ready_together_go_out_together) {
    RpcServer server(co_await this_coro::executor);
    Connection connection = co_await server.connection();
    std::string calls;
    for (int i = 0; i < 100; ++i) {
        calls += frame(wrap_call({"add", {i, 1}, {}}, Form::pickle));
    }
    const CountCalls counted(Where::local_port(server.endpoint().port()));
    co_await connection.send_framed(calls);
    for (int i = 0; i < 100; ++i) {
        const std::string reply = co_await receive_reply(connection);
        BOOST_TEST(reply == std::to_string(i + 1));
    }
    const auto sends = counted[testing::Call::sendmsg] + counted[testing::Call::send] +
                       counted[testing::Call::write];
    BOOST_TEST(sends < 10U, sends << " sends for 100 replies that were ready together");
    co_await server.end();
}

// --- Limits --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(a_slow_reader_never_grows_memory) {
    RpcServer server(co_await this_coro::executor, {.options = {.message_timeout = 3s}});
    Connection connection = co_await server.connection();
    const std::string call =
        frame(wrap_call({"echo", {Bytes{std::string(1 << 20, 'x')}}, {}}, Form::pickle));
    const std::unique_ptr<Stream> stream = connection.release();
    BOOST_TEST(co_await written_until_stuck(*stream, call) < std::size_t{64} << 20U,
               "64 MiB were read from a client that takes no replies");
    co_await advance(4s);
    error_code ignored;
    stream->close(ignored);
    co_await server.end();
}

asio::awaitable<Bytes> give_later(std::size_t size) {
    asio::steady_timer timer(co_await this_coro::executor, 1s);
    co_await timer.async_wait(use_awaitable);
    co_return Bytes{std::string(size, 'x')};
}

ASYNC_TEST_CASE(a_peer_that_takes_no_replies_gives_up_its_place) {
    RpcHandler handler;
    handler.register_function("give", give_later, {"size"});
    handler.register_function("add", [](int x, int y) { return x + y; }, {"x", "y"});
    RpcServer server(co_await this_coro::executor,
                     {.options = {.message_timeout = 3s},
                      .limits = {.max_connections = 1},
                      .functions = std::make_shared<RpcHandler>(std::move(handler))});
    Connection stuck = co_await server.connection();
    for (int i = 0; i < 2; ++i) {
        co_await send_call(stuck, {"give", {16 << 20}, {}});
    }
    co_await settle();
    co_await advance(1001ms);
    co_await advance(3001ms);
    Connection other = co_await server.connection();
    co_await expect_outcome(other, {"add", {2, 3}, {}}, "5");
    co_await server.end();
}

ASYNC_TEST_CASE(errors_wait_too_until_the_replies_are_taken) {
    int running = 0;
    RpcServer server(co_await this_coro::executor,
                     {.options = {.message_timeout = 3s}, .functions = counted_functions(running)});
    Connection connection = co_await server.connection();
    co_await connection.send_bytes(
        R"({"jsonrpc": "2.0", "method": "text", "params": [33554432], "id": 1})");
    co_await settle();
    co_await advance(1001ms);
    const std::unique_ptr<Stream> stream = connection.release();
    const std::string no_request = frame(R"({"id": ")" + std::string(1 << 20, 'x') + R"("})");
    BOOST_TEST(co_await written_until_stuck(*stream, no_request) < std::size_t{64} << 20U,
               "64 MiB were read from a client that takes no replies, and errors put for them");
    co_await advance(4s);
    error_code ignored;
    stream->close(ignored);
    co_await server.end();
}

ASYNC_TEST_CASE(a_peer_that_waits_for_a_call_is_not_idle) {
    RpcServer server(co_await this_coro::executor,
                     {.limits = {.idle_timeout = 60s}, .session = {.idle_timeout = 60s}});
    Connection connection =
        co_await messaging::connect(server.address(), rpc_key, {.idle_timeout = 1000s});
    co_await send_call(connection, {"sleep", {200}, {}});
    co_await settle();
    co_await advance(150s);
    co_await advance(51s);
    BOOST_TEST(co_await receive_reply(connection) == "200",
               "a peer that waits for its reply is silent, and not idle");
    co_await advance(61s);
    BOOST_TEST(co_await receive_reply(connection) == "the end",
               "a peer without a call that is silent for so long is disconnected");
    co_await server.end();
}

ASYNC_TEST_CASE(a_peer_whose_last_call_ended_while_another_reply_was_sent_may_be_idle) {
    int running = 0;
    RpcServer server(co_await this_coro::executor, {.limits = {.idle_timeout = 60s},
                                                    .session = {.idle_timeout = 60s},
                                                    .functions = counted_functions(running)});
    Connection connection = co_await messaging::connect(
        server.address(), rpc_key, {.max_message = 128 << 20, .idle_timeout = 1000s});
    for (const char* call : {R"("method": "text", "params": [33554432], "id": 1})",
                             R"("method": "run", "params": [2], "id": 2})"}) {
        co_await connection.send_bytes(R"({"jsonrpc": "2.0", )" + std::string(call));
    }
    co_await until([&] { return running == 1; }, "both calls to run");
    co_await advance(1001ms);  // the first reply is on its way
    co_await advance(1001ms);
    BOOST_TEST(running == 0);
    for (const std::size_t at_least : {33'554'432U, 1U}) {
        const Waiting waiting("a reply");
        const auto reply = co_await connection.recv_bytes();
        BOOST_TEST(reply.value_or("").size() > at_least);
    }
    TaskGroup group(co_await this_coro::executor);
    std::string reply = "none";
    group.spawn(receive_reply_into(reply, connection));
    co_await settle();
    co_await advance(61s);
    BOOST_TEST(reply == "the end", "a peer without a call that is silent for so long: " << reply);
    group.cancel();
    co_await group.join();
    co_await server.end();
}

ASYNC_TEST_CASE(serves_ipv6_and_unix_sockets) {
    const auto executor = co_await this_coro::executor;
    RpcServer server(executor, {.host = "::1"});
    Connection connection = co_await server.connection();
    co_await expect_outcome(connection, {"add", {2, 3}, {}}, "5");
    co_await server.end();

    const TemporaryFolder folder;
    const UnixAddress address{folder.file("socket")};
    messaging::Listener listener(executor, address, rpc_key);
    TaskGroup group(executor);
    group.spawn(listener.serve(Limits{}, [functions = example_functions()](Connection accepted) {
        return serve_calls(std::move(accepted), functions, {});
    }));
    RpcProxy proxy(co_await messaging::connect(address, rpc_key));
    BOOST_TEST(co_await proxy.call<int>("add", 2, 3) == 5);
    group.cancel();
    co_await group.join();
}

ASYNC_TEST_CASE(limits_its_connections) {
    RpcServer server(co_await this_coro::executor, {.limits = {.max_connections = 1}});
    {
        Connection first = co_await server.connection();
        co_await expect_outcome(first, {"add", {2, 3}, {}}, "5");
        tcp::socket second = co_await server.connect();
        co_await settle();
        BOOST_TEST(second.available() == 0U, "a second connection was served beside the only one");
    }
    Connection third = co_await server.connection();
    co_await expect_outcome(third, {"add", {2, 3}, {}}, "5");
    co_await server.end();
}

// --- The end -------------------------------------------------------------------------------------

ASYNC_TEST_CASE(a_peer_that_leaves_cancels_its_calls) {
    int running = 0;
    RpcServer server(co_await this_coro::executor, {.functions = counted_functions(running)});
    {
        Connection connection = co_await server.connection();
        co_await send_call(connection, {"run", {1000}, {}});
        co_await until([&] { return running == 1; }, "the call to run");
    }
    co_await until([&] { return running == 0; }, "the call to end: nobody waits for its result");
    hold();
    co_await server.end();
}

ASYNC_TEST_CASE(a_peer_that_leaves_is_noticed_though_it_is_not_read) {
    int running = 0;
    RpcServer server(co_await this_coro::executor, {.functions = counted_functions(running)});
    {
        Connection connection = co_await server.connection();
        for (int call = 0; call < 3; ++call) {  // of which the others wait for the first
            co_await send_call(connection, {"run", {1000}, {}});
        }
        co_await until([&] { return running == 1; }, "the first call to run");
    }
    co_await settle();
    co_await advance(1001ms);
    BOOST_TEST(running == 0, "others wait for a call that nobody waits for any more");
    co_await server.end();
}

ASYNC_TEST_CASE(calls_in_flight_finish_before_the_server_stops) {
    RpcServer server(co_await this_coro::executor, {.limits = {.drain_timeout = 60s}});
    Connection idle = co_await server.connection();
    Connection busy = co_await server.connection();
    co_await send_call(busy, {"sleep", {20}, {}});
    co_await settle();
    server.stop();
    BOOST_TEST(co_await receive_reply(idle) == "the end",
               "a server that stops closes connections without calls");
    BOOST_TEST(!server.stopped());
    co_await advance(21s);
    BOOST_TEST(co_await receive_reply(busy) == "20", "a call in flight may finish within --drain");
    BOOST_TEST(co_await receive_reply(busy) == "the end");
    co_await server.join();
}

ASYNC_TEST_CASE(calls_that_have_come_are_answered_before_the_server_stops) {
    RpcServer server(co_await this_coro::executor, {.limits = {.drain_timeout = 60s}});
    Connection connection = co_await server.connection();
    std::string calls;
    for (int i = 1; i <= 3; ++i) {
        calls += frame(wrap_call({"sleep", {1}, {}}, Form::pickle));
    }
    co_await connection.send_framed(calls);
    co_await settle();
    server.stop();
    co_await settle();
    for (int second = 0; second < 4; ++second) {
        co_await advance(1001ms);
    }
    for (int i = 1; i <= 3; ++i) {
        BOOST_TEST(co_await receive_reply(connection) == "1",
                   "the server had read call " << i << " when it was told to stop");
    }
    BOOST_TEST(co_await receive_reply(connection) == "the end");
    co_await server.join();
}

ASYNC_TEST_CASE(calls_that_outlast_the_drain_are_cut_off) {
    int running = 0;
    RpcServer server(co_await this_coro::executor,
                     {.limits = {.drain_timeout = 5s}, .functions = counted_functions(running)});
    Connection connection = co_await server.connection();
    co_await send_call(connection, {"run", {1000}, {}});
    co_await settle();
    server.stop();
    co_await settle();
    BOOST_TEST(running == 1);
    co_await advance(6s);
    BOOST_TEST(server.stopped(), "a call that does not end keeps the server from stopping");
    BOOST_TEST(running == 0);
    co_await server.join();
}

// --- The command line ----------------------------------------------------------------------------

/// As long as it lives, stdin has this text, and then its end.
class StandardInput {
public:
    explicit StandardInput(std::string_view text) : before_(::dup(STDIN_FILENO)) {
        std::array<int, 2> ends{};
        BOOST_TEST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        BOOST_TEST_REQUIRE(::write(ends[1], text.data(), text.size()) == ssize_t(text.size()));
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ~StandardInput() {
        ::dup2(before_, STDIN_FILENO);
        ::close(before_);
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

private:
    int before_;
};

asio::awaitable<Value> time_out(int& calls) {
    ++calls;
    asio::steady_timer timer(co_await this_coro::executor, 1s);
    co_await timer.async_wait(use_awaitable);
    throw boost::system::system_error(asio::error::timed_out);
}

ASYNC_TEST_CASE(no_line_is_called_after_a_call_that_ends_the_connection) {
    const StandardInput input("[\"f\"]\n[\"f\"]\n");
    int calls = 0;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(
        print_results([&](const cookbook::rpc::Call&) { return time_out(calls); }, Form::tuple));
    co_await until([&] { return calls == 1; }, "the first line's call");
    co_await settle();
    co_await advance(1001ms);
    BOOST_CHECK_EXCEPTION(co_await group.join(), boost::system::system_error, is_timeout);
    BOOST_TEST(calls == 1, "the connection has ended, and " << calls << " calls were made");
}

ASYNC_TEST_CASE(an_exception_of_many_lines_is_one_line_for_people) {
    const Caller caller = [](const cookbook::rpc::Call&) -> asio::awaitable<Value> {
        throw ValueError("first\nsecond\x1b[2J");
        co_return Value();
    };
    BOOST_CHECK_EXCEPTION(co_await print_result(caller, Form::tuple, {"f", {}, {}}),
                          std::runtime_error, says("ValueError: first\\x0asecond\\x1b[2J"));
}

BOOST_AUTO_TEST_SUITE_END()
