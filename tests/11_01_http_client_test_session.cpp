// Recipe 11.1, sessions: what is sent, which connections carry it, where redirects lead.
#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_01_http_client/hop.hpp"
#include "11_01_http_client/http_client.hpp"
#include "11_01_http_client/message/error.hpp"
#include "11_01_http_client/request_head.hpp"
#include "11_01_http_client_server.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::testing;

/// Sends the request, and returns what is wrong, without "METHOD URL: ".
asio::awaitable<std::string> failure_of(Session& session, Request request) {
    const std::string name = request.method + ' ' + request.url + ": ";
    try {
        co_await session.request(std::move(request));
    } catch (const RequestError& error) {
        const std::string what = error.what();
        co_return what.starts_with(name) ? what.substr(name.size()) : what;
    }
    co_return "nothing is wrong";
}

/// A body that can be read once.
class Once final : public BodySource {
public:
    [[nodiscard]] std::optional<std::uint64_t> size() const override { return 1; }
    asio::awaitable<std::string_view> read_some() override {
        co_return std::exchange(read_, true) ? "" : "b";
    }
    bool rewind() override { return !read_; }

private:
    bool read_ = false;
};

/// The head of a request on its first hop.
std::string head_of(const Request& request, const Fields& defaults = {},
                    const std::optional<Proxy>& proxy = {}) {
    return compose_head(request, first_hop(request), defaults, "", proxy);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

// --- What is sent --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_head_has_defaults_and_what_the_request_has_of_its_own) {
    const Fields defaults = {{"User-Agent", "test"}, {"Accept", "*/*"}};
    BOOST_TEST(head_of({.url = "http://a/"}, defaults) ==
               "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n");
    BOOST_TEST(head_of({.url = "http://u:p@a:81/b?c#d",
                        .params = {{"e f", "g&"}},
                        .fields = {{"accept", "text/html"}, {"X", "1"}, {"x", "2"}},
                        .without = {"user-agent"},
                        .cookies = "a=1; b=2"},
                       defaults) ==
               "GET /b?c&e+f=g%26 HTTP/1.1\r\nHost: a:81\r\naccept: text/html\r\nX: 1\r\nx: 2\r\n"
               "Authorization: Basic dTpw\r\nCookie: a=1; b=2\r\n\r\n");
    BOOST_TEST(head_of({.url = "http://u:p@a/", .credentials = Credentials{"v", ""}}) ==
                   "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic djo=\r\n\r\n",
               "what the request says is stronger than its URL");
}

BOOST_AUTO_TEST_CASE(a_head_says_how_long_the_body_is) {
    BOOST_TEST(
        head_of({.method = "POST", .url = "http://a/", .body = Body("abc", "text/plain")}) ==
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n");
    BOOST_TEST(head_of({.method = "PUT",
                        .url = "http://a/",
                        .fields = {{"Content-Type", "a/b"}},
                        .body = Body::json({1, 2})}) ==
               "PUT / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\n");
    for (const std::string method : {"POST", "PUT", "PATCH"}) {
        BOOST_TEST(head_of({.method = method, .url = "http://a/"}) ==
                       method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                   "a server that waits for a body must learn that there is none");
    }
    BOOST_TEST(head_of({.method = "DELETE", .url = "http://a/"}) ==
               "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_proxy_is_asked_for_the_whole_url) {
    const Proxy proxy = {.origin = {.host = "p", .port = 81}, .credentials = Credentials{"u", "p"}};
    BOOST_TEST(head_of({.url = "http://a:8080/b"}, {}, proxy) ==
               "GET http://a:8080/b HTTP/1.1\r\nHost: a:8080\r\n"
               "Proxy-Authorization: Basic dTpw\r\n\r\n");
    BOOST_TEST(head_of({.url = "https://a/b"}, {}, proxy) == "GET /b HTTP/1.1\r\nHost: a\r\n\r\n",
               "what goes through a tunnel is for the server alone");
}

ASYNC_TEST_CASE(a_malformed_request_is_not_sent) {
    ScriptedServer server(co_await this_coro::executor, {{ok()}});
    Session session;
    const std::vector<Request> requests = {
        {.method = "GE T", .url = server.url()},
        {.method = "", .url = server.url()},
        {.url = "ftp://a/"},
        {.url = "/a"},
        {.url = server.url(), .cookies = "a\r\nB: c"},
        {.url = server.url(), .fields = {{"Content-Length", "3"}}},
        {.url = server.url(), .fields = {{"transfer-encoding", "chunked"}}}};
    for (const Request& request : requests) {
        bool refused = false;
        try {
            co_await session.request(request);
        } catch (const std::invalid_argument&) {
            refused = true;
        }
        BOOST_TEST(refused, request.method << ' ' << request.url);
    }
    co_await server.end();
    BOOST_TEST(server.connections() == 0U);
}

// --- Connections ---------------------------------------------------------------------------------

ASYNC_TEST_CASE(a_session_keeps_its_connection) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a"), ok("b"), ok("c")}});
    Session session;
    for (const std::string expected : {"a", "b", "c"}) {
        const Response response = co_await session.get(server.url());
        BOOST_TEST(response.content == expected);
        BOOST_TEST(response.url == server.url());
    }
    BOOST_TEST(server.connections() == 1U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_connection_is_not_kept_if_anybody_wants_it_closed) {
    const std::string close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    const std::string old = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (const std::string& response : {close, old, ok() + "HTTP/1.1 200 Poison\r\n\r\n"}) {
        ScriptedServer server(co_await this_coro::executor, {{response, response}});
        Session session;
        co_await session.get(server.url());
        const Response second = co_await session.get(server.url());
        BOOST_TEST(second.reason() == "OK");
        BOOST_TEST(server.connections() == 2U, in_quotes(response));
        co_await server.end();
    }
}

ASYNC_TEST_CASE(what_nobody_asked_for_retires_an_idle_connection) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen_v4(executor);
    const std::string url = "http://" + to_string(acceptor.local_endpoint()) + "/";
    Session session;
    std::optional<Response> response;
    const auto get = [](Session& from, std::string where,
                        std::optional<Response>& to) -> asio::awaitable<void> {
        to = co_await from.get(where);
    };
    TaskGroup client(executor);
    client.spawn(get(session, url, response));
    tcp::socket first = co_await acceptor.async_accept(use_awaitable);
    co_await send_all(first, ok("a"));
    co_await client.join();
    co_await send_all(first, ok("poison"));
    client.spawn(get(session, url, response));
    tcp::socket second = co_await acceptor.async_accept(use_awaitable);
    co_await send_all(second, ok("b"));
    co_await client.join();
    BOOST_TEST(response->content == "b", "the answer to no request is not the next one's");
}

ASYNC_TEST_CASE(a_connection_that_dies_unanswered_is_replaced_once) {
    // The first connection takes the second request, and ends without a word.
    const std::vector<Script> scripts = {{ok("a"), ""}, {ok("b")}};
    for (const std::string method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
        ScriptedServer server(co_await this_coro::executor, scripts);
        Session session;
        co_await session.get(server.url());
        const std::string failure =
            co_await failure_of(session, {.method = method, .url = server.url()});
        BOOST_TEST(failure == "nothing is wrong", method << ": " << failure);
        BOOST_TEST(server.connections() == 2U);
        co_await server.end();
    }
    for (const std::string method : {"POST", "PATCH", "get"}) {
        ScriptedServer server(co_await this_coro::executor, scripts);
        Session session;
        co_await session.get(server.url());
        const std::string failure =
            co_await failure_of(session, {.method = method, .url = server.url()});
        BOOST_TEST(failure == "the server closed the connection without a response",
                   method << " may have been done, and must not be done again");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(a_connection_that_dies_is_not_replaced_for_ever) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a"), ""}, {""}});
    Session session;
    co_await session.get(server.url());
    const std::string failure = co_await failure_of(session, {.url = server.url()});
    BOOST_TEST(failure == "the server closed the connection without a response");
    BOOST_TEST(server.connections() == 2U);
    const std::string fresh = co_await failure_of(session, {.url = server.url()});
    BOOST_TEST(fresh == "the server closed the connection without a response");
    BOOST_TEST(server.connections() == 3U, "a new connection that dies is an error at once");
    co_await server.end();
}

ASYNC_TEST_CASE(a_response_that_has_begun_is_not_asked_for_again) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a"), "HTTP/1.1 200 O"}, {ok("b")}});
    Session session;
    co_await session.get(server.url());
    const std::string failure = co_await failure_of(session, {.url = server.url()});
    BOOST_TEST(failure == "the server closed the connection in the middle of the response");
    co_await server.end();
}

ASYNC_TEST_CASE(each_request_under_way_has_a_connection_of_its_own) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a"), ok("b"), ok("c")}});
    Session session;
    const auto get = [](Session& from, std::string where) -> asio::awaitable<void> {
        co_await from.get(where);
    };
    TaskGroup clients(co_await this_coro::executor);
    clients.spawn(get(session, server.url()));
    clients.spawn(get(session, server.url()));
    co_await clients.join();
    BOOST_TEST(server.connections() == 2U);
    co_await session.get(server.url());
    BOOST_TEST(server.connections() == 2U, "one of them is kept");
    co_await server.end();
}

ASYNC_TEST_CASE(a_failure_says_what_failed_and_no_password) {
    const auto executor = co_await this_coro::executor;
    const std::string address = to_string(listen_v4(executor).local_endpoint());
    Session session;
    std::string what;
    try {
        co_await session.get("http://user:secret@" + address + "/a");
    } catch (const RequestError& error) {
        what = error.what();
        BOOST_TEST((error.code() == std::errc::connection_refused));
    }
    BOOST_TEST(what == "GET http://" + address + "/a: connect " + address + ": Connection refused");
}

// --- Bodies --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(a_body_has_a_limit) {
    ScriptedServer server(co_await this_coro::executor, {{ok("abcd")}, {ok("abc")}});
    Session session({.max_body = 3});
    const std::string failure = co_await failure_of(session, {.url = server.url()});
    BOOST_TEST(failure == "the body is larger than allowed");
    const Response response = co_await session.get(server.url());
    BOOST_TEST(response.content == "abc");
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
