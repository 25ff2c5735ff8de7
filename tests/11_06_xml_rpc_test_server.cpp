// Recipe 11.6 over loopback: the application, the store, and the proxy.
#include <sys/socket.h>

#include <boost/asio/read_until.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_01_http_client/message/error.hpp"
#include "11_06_xml_rpc/client.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"
#include "11_06_xml_rpc/xml_rpc.hpp"
#include "11_06_xml_rpc_documents.hpp"
#include "11_10_tls_server.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "support/allocations.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/http_server.hpp"
#include "support/says.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc;
using namespace cookbook::testing;
using namespace std::string_literals;

/// A server with a function that adds.
Dispatcher adding() {
    Dispatcher dispatcher;
    dispatcher.register_function("add", [](int a, int b) { return a + b; });
    dispatcher.register_function("bad_text", [] { return "\x01"s; });
    dispatcher.register_function("bad_fault", []() -> int { throw Fault(7, "\x01"); });
    return dispatcher;
}

std::string document(const std::string& method, const Array& params = {}) {
    std::string text;
    write_call(text, method, params);
    return text;
}

std::string post(const std::string& path, const std::string& body, const std::string& fields = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// What a response of the server says, as JSON.
std::string json_of(std::string_view response) {
    return read_as_json(body_of(response));
}

/// The code of the fault with which the application responds; "" if it is none.
std::string fault_for(const Dispatcher& dispatcher, std::string_view body) {
    Reader reader;
    std::string out;
    respond_to_call(out, reader, dispatcher, body);
    const Message message = Reader().read(out);
    const auto* fault = std::get_if<Fault>(&message);
    return fault != nullptr ? std::to_string(fault->code) : "";
}

/// A RunningServer of a KeyValueStore.
class StoreServer : public RunningServer {
public:
    explicit StoreServer(const asio::any_io_executor& executor, ServerOptions options = {},
                         http::MakeStream make_stream = http::plain_stream)
        : RunningServer(executor, {}, [&](tcp::acceptor acceptor) {
              return serve_store(std::move(acceptor), options, make_stream);
          }) {}
};

std::string url_of(const RunningServer& server, const std::string& path = "") {
    return "http://" + to_string(server.endpoint()) + path;
}

/// A whole response, of a text.
std::string ok_response(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

std::string result_response(const Value& result) {
    std::string text;
    write_result(text, result);
    return ok_response(text);
}

/// What a server says on one connection, a text for each call. After the last one it ends the
/// connection, at once if that is empty.
using Lines = std::vector<std::string>;

/// Each connection has the next script, later ones the last.
class ScriptedRpcServer {
    struct State {
        std::vector<Lines> scripts;
        std::size_t calls = 0;
        std::size_t connections = 0;
    };

public:
    ScriptedRpcServer(const asio::any_io_executor& executor, std::vector<Lines> scripts)
        : state_(std::make_shared<State>(std::move(scripts))),
          server_(executor, {}, [state = state_](tcp::acceptor acceptor) {
              return serve(std::move(acceptor), Limits{.drain_timeout = 0s},
                           [state](tcp::socket socket) { return say(std::move(socket), state); });
          }) {}

    [[nodiscard]] std::string url() const { return url_of(server_); }
    [[nodiscard]] std::size_t calls() const { return state_->calls; }
    [[nodiscard]] std::size_t connections() const { return state_->connections; }
    asio::awaitable<void> end() { return server_.end(); }

private:
    static asio::awaitable<void> say(tcp::socket socket, std::shared_ptr<State> state) {
        const std::size_t index = std::min(state->connections++, state->scripts.size() - 1);
        const Lines script = state->scripts[index];
        for (const std::string& response : script) {
            std::string request;
            const auto [error, size] = co_await asio::async_read_until(
                socket, asio::dynamic_buffer(request), "</methodCall>\n", use_nothrow);
            if (error) {
                co_return;
            }
            ++state->calls;
            co_await asio::async_write(socket, asio::buffer(response), use_nothrow);
        }
    }

    std::shared_ptr<State> state_;
    RunningServer server_;
};

/// What a call fails with; "" if it does not.
asio::awaitable<std::string> failure_of_call(Proxy& proxy) {
    try {
        co_await proxy.call("get", "name");
        co_return "";
    } catch (const std::exception& failure) {
        co_return describe(failure);
    }
}

/// The failure of one call to a server that says this.
asio::awaitable<std::string> failure_with(std::string response, ProxyOptions options = {}) {
    ScriptedRpcServer server(co_await this_coro::executor, {{response}});
    Proxy proxy(server.url(), options);
    std::string failure = co_await failure_of_call(proxy);
    const std::string prefix = "POST " + server.url() + "/RPC2: ";
    if (failure.starts_with(prefix)) {
        failure = failure.substr(prefix.size());
    }
    co_await server.end();
    co_return failure;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc_server)

// --- The application -----------------------------------------------------------------------------

ASYNC_TEST_CASE(responds_to_post_on_two_paths) {
    HttpServer server(co_await this_coro::executor, make_application(adding()));
    const std::string call = document("add", {2, 3});
    for (const std::string path : {"/", "/RPC2", "/RPC2?a=b"}) {
        const std::string response = co_await exchange(server.endpoint(), post(path, call));
        BOOST_TEST(status_of(response) == "200");
        BOOST_TEST(response.find("\r\nContent-Type: text/xml\r\n") != response.npos);
        BOOST_TEST(json_of(response) == R"({"params":[5]})");
    }
    for (const std::string path : {"/rpc2", "/RPC2/", "/RPC3", "//RPC2", "/%52PC2"}) {
        const std::string response = co_await exchange(server.endpoint(), post(path, call));
        BOOST_TEST(status_of(response) == "404", path << " is not a path of ours");
    }
    for (const std::string method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"}) {
        const std::string response = co_await exchange(
            server.endpoint(), method + " /RPC2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        BOOST_TEST(status_of(response) == "405", method << " is not POST");
        BOOST_TEST(response.find("\r\nAllow: POST\r\n") != response.npos,
                   "405 names what is allowed (RFC 9110, 15.5.6)");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(takes_bodies_as_they_are) {
    HttpServer server(co_await this_coro::executor, make_application(adding()));
    const std::string call = document("add", {2, 3});
    for (const std::string coding :
         {"gzip", "deflate", "x", "identity, gzip", "identity\r\nContent-Encoding: gzip"}) {
        const std::string response = co_await exchange(
            server.endpoint(), post("/", call, "Content-Encoding: " + coding + "\r\n"));
        BOOST_TEST(status_of(response) == "415", coding << " is not undone");
    }
    const std::string identity =
        co_await exchange(server.endpoint(), post("/", call, "Content-Encoding: Identity\r\n"));
    BOOST_TEST(status_of(identity) == "200", "identity is no coding");
    const std::string gzip_wanted =
        co_await exchange(server.endpoint(), post("/", call, "Accept-Encoding: gzip\r\n"));
    BOOST_TEST(gzip_wanted.find("Content-Encoding") == gzip_wanted.npos,
               "who accepts gzip takes identity, too");
    const std::string chunked = co_await exchange(
        server.endpoint(), "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" +
                               call.substr(0, 5) + "\r\n" +
                               [&] {
                                   char size[20];
                                   std::snprintf(size, sizeof size, "%zx\r\n", call.size() - 5);
                                   return size + call.substr(5);
                               }() +
                               "\r\n0\r\n\r\n");
    BOOST_TEST(json_of(chunked) == R"({"params":[5]})", "a body may come in chunks");
    const std::string pipelined =
        co_await exchange(server.endpoint(), post("/", call) + post("/RPC2", document("no")) +
                                                 post("/", document("add", {1, 1})));
    BOOST_TEST(count_of("HTTP/1.1 200 OK", pipelined) == 3U, "requests may follow one another");
    BOOST_TEST(pipelined.find("<int>5</int>") < pipelined.find("<int>-32601</int>"));
    BOOST_TEST(pipelined.find("<int>-32601</int>") < pipelined.find("<int>2</int>"));
    co_await server.end();
}

ASYNC_TEST_CASE(a_body_beyond_the_limit_is_413) {
    http::Limits limits;
    limits.max_body = 1000;
    HttpServer server(co_await this_coro::executor, make_application(adding()), limits);
    const std::string response = co_await exchange(
        server.endpoint(), post("/", document("add", {std::string(1000, 'a'), 1})));
    BOOST_TEST(status_of(response) == "413");
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(each_failure_has_its_fault) {
    const Dispatcher dispatcher = adding();
    const std::vector<std::pair<std::string, std::string>> faults = {
        {"", "-32700"},
        {"<methodCall>", "-32700"},
        {"not XML", "-32700"},
        {call_of("<value>\x80</value>"), "-32700"},
        {call_of("<value>&no;</value>"), "-32700"},
        {"<!DOCTYPE a>" + call_of("<value/>"), "-32600"},
        {"<methodResponse><params><param><value/></param></params></methodResponse>", "-32600"},
        {call_of("<value><no/></value>"), "-32600"},
        {call_of("<value><int>x</int></value>"), "-32600"},
        {call_of("<value><boolean>x</boolean></value>"), "-32600"},
        {call_of("<value><double>x</double></value>"), "-32600"},
        {call_of("<value><base64>x</base64></value>"), "-32600"},
        {"<methodCall><params/></methodCall>", "-32600"},
        {call_of(nested_arrays(101)), "-32600"},
        {document("subtract", {1, 2}), "-32601"},
        {document(""), "-32601"},
        {document("add", {1}), "-32602"},
        {document("add", {1, "2"}), "-32602"},
        {document("bad_text"), "-32603"},
        {document("bad_fault"), "-32603"},
        {document("add", {1, 2}), ""}};
    for (const auto& [body, code] : faults) {
        BOOST_TEST(fault_for(dispatcher, body) == code,
                   in_quotes(body)
                       << " was fault " << fault_for(dispatcher, body) << ", not " << code);
    }
    BOOST_TEST(fault_for(dispatcher, call_of("<value><int>" + repeat("\u00e9", 100) +
                                             "</int></value>")) == "-32600",
               "a long text is cut between characters, or the fault could not be written");
    BOOST_TEST(fault_for(dispatcher, call_of("<value><int>a" + repeat("\u00e9", 100) +
                                             "</int></value>")) == "-32600");
}

ASYNC_TEST_CASE(a_result_beyond_the_limit_is_a_fault) {
    KeyValueStore store(1 << 20);
    for (int i = 0; i < 20; ++i) {
        store.set(std::to_string(i) + std::string(1000, '&'), i);  // five bytes each in XML
    }
    Dispatcher dispatcher;
    register_store(dispatcher, store);
    Reader reader;
    std::string out;
    respond_to_call(out, reader, dispatcher, document("keys"));
    const std::size_t whole = out.size();
    BOOST_TEST(whole > 100'000U);
    out.clear();
    respond_to_call(out, reader, dispatcher, document("keys"), whole);
    BOOST_TEST(out.size() == whole, "a result may be as large as the limit");
    out = {};
    respond_to_call(out, reader, dispatcher, document("keys"), whole - 1);
    const std::string refusal = R"({"fault":{"code":-32603,"string":"the result is too large"}})";
    BOOST_TEST(read_as_json(out) == refusal);
    BOOST_TEST(out.capacity() < 2000U, "the memory of a result that is not sent is given back: "
                                           << out.capacity() << " bytes wait with the fault");
    HttpServer server(co_await this_coro::executor,
                      make_application(std::move(dispatcher), {.max_result = 50'000}));
    const std::string responses = co_await exchange(
        server.endpoint(), post("/", document("keys")) + post("/", document("exists", {"a"})));
    BOOST_TEST(count_of("<int>-32603</int>", responses) == 1U);
    BOOST_TEST(count_of("<boolean>0</boolean>", responses) == 1U, "the connection goes on");
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(keeps_its_memory_from_call_to_call) {
    Reader reader;
    Array numbers;
    for (int i = 0; i < 1000; ++i) {
        numbers.emplace_back(i);
    }
    const std::string call = document("f", {Value(numbers)});
    for (int i = 0; i < 3; ++i) {
        static_cast<void>(reader.read(call));
    }
    const CountAllocations allocations;
    static_cast<void>(reader.read(call));
    BOOST_TEST(allocations.count() < 10U,
               "reading 1,000 integers again took " << allocations.count() << " allocations");
}

// --- The store -----------------------------------------------------------------------------------

ASYNC_TEST_CASE(keeps_values_by_name) {
    StoreServer server(co_await this_coro::executor);
    Proxy proxy(url_of(server));
    BOOST_TEST(co_await proxy.call<bool>("exists", "foo") == false);
    BOOST_TEST((co_await proxy.call("set", "foo", "bar") == Value(Nil{})), "set returns nothing");
    co_await proxy.call("set", "spam", Array{1, 2.5, Nil{}});
    co_await proxy.call("set", "", Struct{{"a", true}});
    BOOST_TEST(co_await proxy.call<std::string>("get", "foo") == "bar");
    BOOST_TEST((co_await proxy.call("get", "spam") == Value(Array{1, 2.5, Nil{}})));
    BOOST_TEST((co_await proxy.call<std::vector<std::string>>("keys") ==
                std::vector<std::string>{"", "foo", "spam"}),
               "keys() is an array of strings");
    co_await proxy.call("set", "foo", 7);
    BOOST_TEST(co_await proxy.call<int>("get", "foo") == 7, "a second set replaces the first");
    BOOST_TEST((co_await proxy.call("delete", "foo") == Value(Nil{})), "delete returns nothing");
    BOOST_TEST(co_await proxy.call<bool>("exists", "foo") == false);
    for (const std::string method : {"get", "delete"}) {
        try {
            co_await proxy.call(method, "foo");
            BOOST_ERROR(method << " of a name that is not there returned");
        } catch (const Fault& fault) {
            BOOST_TEST(fault.what() == "fault 1: KeyError: foo"s);
        }
    }
    for (const std::string method : {"get", "delete", "exists"}) {
        try {
            co_await proxy.call(method, 5);
            BOOST_ERROR(method << " took a name that is an integer");
        } catch (const Fault& fault) {
            BOOST_TEST(fault.code == wrong_arguments, "names are strings");
        }
    }
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(the_store_is_bounded) {
    KeyValueStore store(10'000);
    store.set("a", std::string(5000, 'x'));
    const std::size_t size = store.size();
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, Value>>{{"a", std::string(20'000, 'y')},
                                                    {"b", std::string(6000, 'y')},
                                                    {std::string(6000, 'b'), 1},
                                                    {"b", Bytes{std::string(6000, 'y')}},
                                                    {"b", Array(300, Nil{})},
                                                    {"b", Struct(100, Member{"n", 1})},
                                                    {"b", Struct{{std::string(6000, 'n'), 1}}}}) {
        BOOST_CHECK_EXCEPTION(store.set(name, value), std::length_error,
                              says("MemoryError: the store is full"));
        BOOST_TEST(store.size() == size, "a set beyond the limit changes nothing");
        BOOST_TEST((store.keys() == std::vector<std::string>{"a"}));
        BOOST_TEST((store.get("a") == Value(std::string(5000, 'x'))), "the old value stays");
    }
    store.set("a", std::string(9000, 'y'));
    BOOST_TEST(store.size() > size, "what is replaced makes room");
    store.remove("a");
    BOOST_TEST(store.size() == 0U, "what is deleted makes room");
    std::string long_name(100, 'n');
    long_name.reserve(5000);
    store.set(long_name, 1);
    store.set(std::move(long_name), 2);
    store.remove(std::string(100, 'n'));
    BOOST_TEST(store.size() == 0U, "what was counted for a name is what is given back");
    int count = 0;
    BOOST_CHECK_THROW(
        for (;; ++count) { store.set(std::to_string(count), Nil{}); }, std::length_error);
    BOOST_TEST(count < 100, "an entry of a few bytes takes more than these: " << count << " fit");
    BOOST_TEST(count > 10);
}

// --- The proxy -----------------------------------------------------------------------------------

ASYNC_TEST_CASE(calls_and_converts) {
    HttpServer server(co_await this_coro::executor,
                      make_application(adding(), {.paths = {"/RPC2"}}));
    Proxy proxy(url_of(server));
    BOOST_TEST(co_await proxy.call<int>("add", 2, 3) == 5, "no path means /RPC2");
    BOOST_TEST(co_await proxy.call<double>("add", 2, 3) == 5.0, "a double takes an integer");
    co_await proxy.call<void>("add", 2, 3);
    try {
        co_await proxy.call<std::string>("add", 2, 3);
        BOOST_ERROR("an integer passed for a string");
    } catch (const UnexpectedType& failure) {
        BOOST_TEST(failure.what() == "add: the result is int, not string"s,
                   "the exception names both types");
    }
    try {
        co_await proxy.call<int>("add", 2);
        BOOST_ERROR("a fault was taken for a result");
    } catch (const Fault& fault) {
        BOOST_TEST(fault.what() == "fault -32602: add: takes 2 arguments, not 1"s);
    }
    Proxy root(url_of(server, "/"));
    BOOST_TEST(co_await failure_of_call(root) == "POST " + root.url() + ": 404 Not Found",
               "a path is taken as it is");
    Proxy query("http://127.0.0.1:1?a=b");
    BOOST_TEST(query.url() == "http://127.0.0.1:1/RPC2?a=b");
    BOOST_CHECK_THROW(Proxy("ftp://127.0.0.1"), std::invalid_argument);
    co_await server.end();
}

ASYNC_TEST_CASE(sends_nothing_that_cannot_be_written) {
    ScriptedRpcServer server(co_await this_coro::executor, {{result_response(1)}});
    Proxy proxy(server.url());
    BOOST_CHECK_THROW(co_await proxy.call("set", "a", "\x01"), Unwritable);
    BOOST_TEST(server.connections() == 0U, "not even a connection was made");
    co_await server.end();
}

ASYNC_TEST_CASE(tells_what_is_wrong_with_a_response) {
    const std::string one = result_response(1);
    BOOST_TEST(co_await failure_with(one) == "");
    BOOST_TEST(co_await failure_with("HTTP/1.1 500 Oh No\r\nContent-Length: 0\r\n\r\n") ==
               "500 Oh No");
    BOOST_TEST(co_await failure_with(
                   "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n") == "302 Found",
               "a redirect is not followed");
    BOOST_TEST(co_await failure_with("HTTP/1.1 204 No Content\r\n\r\n") == "204 No Content");
    BOOST_TEST(co_await failure_with(one.substr(0, one.size() - 1)) ==
               "the server closed the connection in the middle of the response");
    BOOST_TEST(co_await failure_with("") == "the server closed the connection without a response");
    const std::string wrong = "the response is not XML-RPC: ";
    BOOST_TEST(co_await failure_with(ok_response("<html></html>")) ==
               wrong + "<html> is neither a call nor a response");
    BOOST_TEST((co_await failure_with(ok_response("no"))).starts_with(wrong));
    BOOST_TEST(co_await failure_with(ok_response(document("f"))) == wrong + "not one value");
    BOOST_TEST(co_await failure_with(ok_response("<methodResponse/>")) == wrong + "not one value");
    BOOST_TEST(
        (co_await failure_with(ok_response("<!DOCTYPE a><methodResponse/>"))).starts_with(wrong));
    const std::string large = result_response(std::string(2000, 'a'));
    BOOST_TEST(!(co_await failure_with(large, {.max_response = 2000})).empty(),
               "a response beyond the limit is refused");
    BOOST_TEST(co_await failure_with(large, {.max_response = 3000}) == "");
}

BOOST_AUTO_TEST_CASE(a_failure_is_one_short_line) {
    const auto fail = []() -> int { throw std::runtime_error(std::string(1000, 'x')); };
    BOOST_CHECK_EXCEPTION(with_short_failures(fail), std::runtime_error,
                          [](const std::runtime_error& failure) {
                              const std::string line = "11_06b_xml_rpc_service: "s + failure.what();
                              return line.size() < 300 && line.size() > 250;
                          });
}

ASYNC_TEST_CASE(a_server_that_says_nothing_is_given_up) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor silent = listen_v4(executor);
    Proxy proxy("http://" + to_string(silent.local_endpoint()), {.read_timeout = 30s});
    std::string failure;
    TaskGroup group(executor);
    const auto call = [](Proxy& to, std::string& told) -> asio::awaitable<void> {
        told = co_await failure_of_call(to);
    };
    group.spawn(call(proxy, failure));
    co_await settle();
    co_await advance(20s);
    BOOST_TEST(failure == "", "it was given up too early");
    co_await advance(11s);
    co_await group.join();
    BOOST_TEST(failure == "POST " + proxy.url() + ": Connection timed out");
}

ASYNC_TEST_CASE(one_connection_carries_many_calls) {
    const std::string one = result_response(1);
    ScriptedRpcServer server(co_await this_coro::executor, {{one, one, one}, {one, one}});
    Proxy proxy(server.url());
    for (int i = 0; i < 3; ++i) {
        co_await proxy.call("f");
    }
    BOOST_TEST(server.connections() == 1U, "the connection is kept from call to call");
    co_await settle();
    co_await proxy.call("f");
    BOOST_TEST(server.connections() == 2U,
               "a connection that the server has ended is not used again");
    BOOST_TEST(server.calls() == 4U);
    co_await server.end();
}

ASYNC_TEST_CASE(never_sends_a_call_twice) {
    const std::string one = result_response(1);
    ScriptedRpcServer server(co_await this_coro::executor, {{one, ""}, {one}});
    Proxy proxy(server.url());
    co_await proxy.call("f");
    BOOST_TEST(
        (co_await failure_of_call(proxy)).ends_with("without a response"),
        "the server may have done what it was asked before it went: the caller must be told");
    BOOST_TEST(server.calls() == 2U, "the call was sent a second time");
    co_await server.end();
}

ASYNC_TEST_CASE(sends_again_if_no_byte_was_taken) {
    const std::string one = result_response(1);
    ScriptedRpcServer server(co_await this_coro::executor, {{one, one}, {one}});
    Proxy proxy(server.url());
    co_await proxy.call("f");
    bool is_lost = false;
    const Registration lose([&](testing::Call call, int descriptor, Effect&) {
        if (call == testing::Call::sendmsg && !is_lost) {
            is_lost = ::shutdown(descriptor, SHUT_RDWR) == 0;
        }
    });
    co_await proxy.call("f");
    BOOST_TEST(is_lost, "the connection was not lost: this proves nothing");
    BOOST_TEST(server.connections() == 2U, "the call went out on a new connection");
    BOOST_TEST(server.calls() == 2U);
    co_await server.end();
}

ASYNC_TEST_CASE(speaks_over_tls) {
    const Certificates certificates;
    tls::ServerCredentials credentials(certificates.server());
    StoreServer server(co_await this_coro::executor, {}, tls::over_tls(credentials));
    const std::string url =
        "https://localhost:" + std::to_string(server.endpoint().port()) + "/RPC2";
    Proxy proxy(url, {.tls = certificates.client()});
    co_await proxy.call("set", "a", 1);
    BOOST_TEST(co_await proxy.call<int>("get", "a") == 1);
    Proxy stranger(url);
    BOOST_TEST((co_await failure_of_call(stranger)).find("certificate") != std::string::npos,
               "a server of an unknown authority is not talked to");
    co_await server.end();
}

ASYNC_TEST_CASE(finishes_the_call_at_hand) {
    StoreServer server(co_await this_coro::executor);
    tcp::socket client = co_await server.connect();
    tcp::socket idle = co_await server.connect();
    const std::string call = post("/", document("keys"));
    co_await send_all(client, call.substr(0, call.size() - 5));
    co_await settle();
    server.stop();
    co_await expect_eof(idle, "a connection without a request ends at once");
    co_await send_all(client, call.substr(call.size() - 5));
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(json_of(received.data) == R"({"params":[[]]})", "the call at hand is finished");
    co_await server.join();
}

BOOST_AUTO_TEST_SUITE_END()
