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

std::string redirect(unsigned status, const std::string& location) {
    return "HTTP/1.1 " + std::to_string(status) + " Elsewhere\r\nLocation: " + location +
           "\r\nContent-Length: 4\r\n\r\nbody";
}

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
        {.method = "CONNECT", .url = server.url()},
        {.url = server.url(), .cookies = "a\r\nB: c"},
        {.url = server.url(), .cookies = "a=1\tb"},
        {.url = server.url(), .credentials = Credentials{"u", "p\n"}},
        {.url = server.url(), .body = Body("b", "a/b\r\nC: d")},
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
    const tcp::socket nobody = bind_v4(executor);
    const std::string address = to_string(nobody.local_endpoint());
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

ASYNC_TEST_CASE(a_body_in_gzip_is_undone_within_the_limit) {
    const std::string zeros(100'000, '0');
    const std::string packed = deflate(zeros, Wrapping::gzip);
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ";
    const std::string response = head + std::to_string(packed.size()) + "\r\n\r\n" + packed;
    ScriptedServer server(co_await this_coro::executor, {{response}, {response}, {response}});
    Session session;
    const Response whole = co_await session.get(server.url());
    BOOST_TEST((whole.content == zeros), "gzip is undone");
    Session careful({.max_body = 99'999});
    const std::string bomb = co_await failure_of(careful, {.url = server.url()});
    BOOST_TEST(bomb == "the body is larger than allowed");
    Session raw({.decode = false});
    const Response untouched = co_await raw.get(server.url());
    BOOST_TEST((untouched.content == packed), "or left alone");
    co_await server.end();
}

ASYNC_TEST_CASE(a_body_that_is_not_what_its_coding_says_is_an_error) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Encoding: ";
    const std::vector<std::pair<std::string, std::string>> responses = {
        {head + "gzip\r\nContent-Length: 3\r\n\r\nabc",
         "the body is not in the content coding that its head names"},
        {head + "br\r\nContent-Length: 3\r\n\r\nabc",
         "the body has a content coding that is not known here"},
        {head + "br\r\nContent-Length: 0\r\n\r\n", "nothing is wrong"}};
    for (const auto& [response, words] : responses) {
        ScriptedServer server(co_await this_coro::executor, {{response}});
        Session session;
        const std::string failure = co_await failure_of(session, {.url = server.url()});
        BOOST_TEST(failure == words);
        co_await server.end();
    }
}

// --- Step 2: redirects ---------------------------------------------------------------------------

ASYNC_TEST_CASE(follows_redirects_and_remembers_them) {
    ScriptedServer server(co_await this_coro::executor,
                          {{redirect(302, "/b?c"), redirect(307, "d"), ok("e")}});
    Session session;
    const Response response = co_await session.get(server.url("/a#f"));
    BOOST_TEST(response.content == "e");
    BOOST_TEST(response.url == server.url("/d#f"), "the fragment is inherited");
    BOOST_TEST(response.history.size() == 2U);
    BOOST_TEST(response.history[0].status == 302U);
    BOOST_TEST(response.history[1].url == server.url("/b?c#f"));
    BOOST_TEST(server.connections() == 1U, "a short body is read, and the connection kept");
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(some_redirects_make_a_get_of_a_request) {
    const Hop from = first_hop({.method = "POST", .url = "http://a/"});
    const auto method_after = [&](std::string method, unsigned status) {
        Hop hop = from;
        hop.method = std::move(method);
        Response response;
        response.status = status;
        response.fields = {{"Location", "/"}};
        hop = next_hop(hop, response, from.url.origin);
        return hop.method + (hop.has_content ? "+" : "");
    };
    BOOST_TEST(method_after("POST", 301) == "GET", "as browsers have always done");
    BOOST_TEST(method_after("POST", 302) == "GET");
    BOOST_TEST(method_after("PUT", 302) == "PUT+",
               "requests makes it a GET, the standard does not");
    BOOST_TEST(method_after("PUT", 303) == "GET");
    BOOST_TEST(method_after("HEAD", 303) == "HEAD+");
    BOOST_TEST(method_after("POST", 307) == "POST+");
    BOOST_TEST(method_after("POST", 308) == "POST+");
}

BOOST_AUTO_TEST_CASE(secrets_do_not_travel_to_another_origin) {
    const Request request = {.method = "POST",
                             .url = "https://u:p@a/",
                             .fields = {{"Authorization", "x"},
                                        {"cookie", "b=2"},
                                        {"Host", "h"},
                                        {"Proxy-Authorization", "y"},
                                        {"Content-Language", "ko"},
                                        {"X", "1"}},
                             .body = Body("b", "text/plain"),
                             .cookies = "a=1"};
    const Hop first = first_hop(request);
    const auto hop_to = [&](const Hop& from, const std::string& location, unsigned status) {
        Response response;
        response.status = status;
        response.fields = {{"Location", location}};
        return next_hop(from, response, first.url.origin);
    };
    const auto head_at = [&](const std::string& location, unsigned status) {
        return compose_head(request, hop_to(first, location, status), {}, "", {});
    };
    BOOST_TEST(
        head_at("http://a/", 302) == "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nCookie: a=1\r\n\r\n",
        "another scheme is another origin, of the same host");
    BOOST_TEST(head_at("https://a:444/", 302) ==
               "GET / HTTP/1.1\r\nHost: a:444\r\nX: 1\r\nCookie: a=1\r\n\r\n");
    BOOST_TEST(head_at("https://v:q@b/", 302) == "GET / HTTP/1.1\r\nHost: b\r\nX: 1\r\n\r\n",
               "another host gets none of it");
    const Hop abroad = hop_to(first, "https://b/", 302);
    BOOST_TEST(compose_head(request, hop_to(abroad, "/c", 302), {}, "", {}) ==
                   "GET /c HTTP/1.1\r\nHost: b\r\nX: 1\r\n\r\n",
               "nor does it at its second request");
    const Request anonymous = {.url = "https://a/"};
    BOOST_TEST(compose_head(anonymous, hop_to(first_hop(anonymous), "https://v:q@a/c", 302), {}, "",
                            {}) == "GET /c HTTP/1.1\r\nHost: a\r\n\r\n",
               "a server does not choose as whom we log in");
    BOOST_TEST(head_at("/c", 307) ==
                   "POST /c HTTP/1.1\r\nAuthorization: x\r\ncookie: b=2\r\nHost: h\r\n"
                   "Proxy-Authorization: y\r\nContent-Language: ko\r\nX: 1\r\n"
                   "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\n",
               "the same origin gets all of it");
}

ASYNC_TEST_CASE(the_first_origin_is_logged_in_to_on_each_hop) {
    ScriptedServer server(co_await this_coro::executor, {{redirect(302, "/b"), ok()}});
    Session session;
    co_await session.get("http://u:p@" + to_string(server.endpoint()) + "/");
    for (const std::string& request : server.requests()) {
        BOOST_TEST(request.find("\r\nAuthorization: Basic dTpw\r\n") != std::string::npos,
                   "user and password of the URL are for its origin: " << request);
    }
    BOOST_TEST(server.requests().size() == 2U);
    co_await server.end();
}

ASYNC_TEST_CASE(redirects_have_an_end) {
    ScriptedServer server(
        co_await this_coro::executor,
        {{redirect(302, "/"), redirect(302, "/"), redirect(302, "/"), redirect(302, "/"),
          redirect(302, "ftp://a/"), redirect(302, "http://a/\x01")}});
    Session session({.max_redirects = 3});
    const std::string endless = co_await failure_of(session, {.url = server.url()});
    BOOST_TEST(endless == "too many redirects");
    for (int i = 0; i < 2; ++i) {
        const std::string elsewhere = co_await failure_of(session, {.url = server.url()});
        BOOST_TEST(elsewhere == "a redirect to a URL that is not http or https");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_body_that_cannot_be_read_again_is_not_sent_again) {
    ScriptedServer server(co_await this_coro::executor, {{redirect(307, "/b"), ok()}});
    Session session;
    const std::string failure = co_await failure_of(
        session, {.method = "POST", .url = server.url(), .body = Body(std::make_shared<Once>())});
    BOOST_TEST(failure.ends_with("the body would have to be sent again, and cannot be read again"),
               failure);
    co_await server.end();
}

ASYNC_TEST_CASE(a_redirect_is_followed_whatever_becomes_of_its_body) {
    const std::string endless =
        "HTTP/1.1 302 Elsewhere\r\nLocation: /b\r\nContent-Length: 9999999\r\n\r\n";
    for (const std::string& body : {std::string(), std::string(2 << 20, 'b')}) {
        ScriptedServer server(co_await this_coro::executor, {{endless + body}, {ok("c")}});
        Session session;
        const Response response = co_await session.get(server.url());
        BOOST_TEST(response.content == "c");
        BOOST_TEST(server.connections() == 2U);
        co_await server.end();
    }
}

ASYNC_TEST_CASE(cookies_are_kept_and_sent_back) {
    ScriptedServer server(co_await this_coro::executor,
                          {{"HTTP/1.1 302 F\r\nLocation: /\r\nSet-Cookie: a=1\r\nSet-Cookie: "
                            "b=2\r\nContent-Length: 0\r\n\r\n",
                            ok()}});
    Session session;
    co_await session.request({.url = server.url(), .cookies = "c=3"});
    BOOST_TEST(server.requests()[0].find("\r\nCookie: c=3\r\n") != std::string::npos);
    BOOST_TEST(server.requests()[1].find("\r\nCookie: a=1; b=2; c=3\r\n") != std::string::npos,
               server.requests()[1]);
    BOOST_TEST(session.cookies().cookies().size() == 2U);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
