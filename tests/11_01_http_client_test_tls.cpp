// Recipe 11.1 over TLS: who the server is, where a body ends, what a proxy learns.
#include <boost/asio/read_until.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_01_http_client/http_client.hpp"
#include "11_01_http_client/message/url.hpp"
#include "11_01_http_client_server.hpp"
#include "11_10_tls_server.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::testing;

/// What a client says, up to the empty line.
asio::awaitable<std::string> head_on(Stream& stream) {
    std::string head;
    std::string piece(1000, '\0');
    while (!head.ends_with("\r\n\r\n")) {
        const auto [error, size] = co_await stream.read_some(asio::buffer(piece));
        if (error) {
            co_return "";
        }
        head.append(piece, 0, size);
    }
    co_return head;
}

/// Says the texts, one per request, then ends the connection.
asio::awaitable<void> say_over(Stream& stream, Script script, bool in_order,
                               std::vector<std::string>& requests) {
    for (const std::string& response : script) {
        const std::string request = co_await head_on(stream);
        if (request.empty()) {
            co_return;
        }
        requests.push_back(request);
        const asio::const_buffer bytes = asio::buffer(response);
        co_await stream.write({&bytes, 1});
    }
    if (in_order) {
        co_await stream.shut_down();
    }
}

/// A server over TLS that says the same on each connection. It ends them in order, with a
/// close_notify, or just so.
class ScriptedTlsServer : public RunningServer {
public:
    ScriptedTlsServer(const asio::any_io_executor& executor,
                      const tls::ServerCredentials& credentials, Script script, bool in_order,
                      std::vector<std::string>& requests)
        : RunningServer(executor, {}, [&, script, in_order](tcp::acceptor acceptor) {
              const auto say = [&requests, script, in_order](Stream& stream) {
                  return say_over(stream, script, in_order, requests);
              };
              return cookbook::serve(std::move(acceptor), Limits{},
                                     tls::over_tls(credentials, say));
          }) {}

    [[nodiscard]] std::string url() const { return "https://" + to_string(endpoint()) + "/"; }
};

/// A proxy, and at the end of each tunnel a server over TLS, which it is itself.
asio::awaitable<void> be_proxy_and_server(tcp::socket socket, Script script,
                                          const tls::ServerCredentials& credentials,
                                          std::vector<std::string>& requests) {
    std::unique_ptr<Stream> stream = std::make_unique<SocketStream>(std::move(socket));
    requests.push_back(co_await head_on(*stream));
    const asio::const_buffer opened = asio::buffer("HTTP/1.1 200 Opened\r\n\r\n", 23);
    co_await stream->write({&opened, 1});
    stream = co_await tls::accept_tls(std::move(stream), credentials);
    co_await say_over(*stream, std::move(script), true, requests);
}

Options trusting(const Certificates& certificates) {
    Options options;
    options.tls.cacert = certificates.client().cacert;
    return options;
}

/// "= CONTENT", or what is wrong, without "GET URL: ".
asio::awaitable<std::string> outcome_of(Session& session, std::string url) {
    try {
        const Response response = co_await session.get(url);
        co_return "= " + response.content;
    } catch (const RequestError& error) {
        co_return std::string(error.what()).substr(("GET " + url + ": ").size());
    }
}

asio::awaitable<void> store_outcome(Session& session, std::string url, std::string& outcome) {
    outcome = co_await outcome_of(session, std::move(url));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

ASYNC_TEST_CASE(over_tls_only_a_close_notify_ends_a_body_that_has_no_other_end) {
    const std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct Case {
        std::string response;
        bool in_order;
        std::string outcome;
    };
    const std::vector<Case> cases = {
        {ok("abc"), false, "= abc"},
        {chunks + "3\r\nabc\r\n0\r\n\r\n", false, "= abc"},
        {"HTTP/1.1 200 OK\r\n\r\nabc", true, "= abc"},
        {"HTTP/1.1 200 OK\r\n\r\nabc", false, "stream truncated"},
        {chunks + "3\r\nabc\r\n", true,
         "the server closed the connection in the middle of the response"},
        {chunks + "3\r\nabc\r\n", false,
         "the server closed the connection in the middle of the response"},
        {"", true, "the server closed the connection without a response"},
        {"", false, "the server closed the connection without a response"}};
    const Certificates certificates;
    const tls::ServerCredentials credentials(certificates.server());
    for (const auto& [response, in_order, expected] : cases) {
        std::vector<std::string> requests;
        ScriptedTlsServer server(co_await this_coro::executor, credentials, {response}, in_order,
                                 requests);
        Session session(trusting(certificates));
        const std::string outcome = co_await outcome_of(session, server.url());
        BOOST_TEST(outcome == expected, in_quotes(response)
                                            << (in_order ? " and a close_notify" : " and a FIN"));
        co_await server.end();
    }
}

ASYNC_TEST_CASE(over_tls_a_session_keeps_its_connection) {
    const Certificates certificates;
    const tls::ServerCredentials credentials(certificates.server());
    std::vector<std::string> requests;
    ScriptedTlsServer server(co_await this_coro::executor, credentials, {ok("a"), ok("b")}, true,
                             requests);
    Session session(trusting(certificates));
    for (const std::string expected : {"= a", "= b", "= a", "= b"}) {
        const std::string outcome = co_await outcome_of(session, server.url());
        BOOST_TEST(outcome == expected, "two requests per connection");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_server_must_be_who_it_is_said_to_be) {
    const Certificates certificates;
    const tls::ServerCredentials credentials(certificates.server({.names = {"other.test"}}));
    std::vector<std::string> requests;
    ScriptedTlsServer server(co_await this_coro::executor, credentials, {ok("a")}, true, requests);
    Session session(trusting(certificates));
    const std::string outcome = co_await outcome_of(session, server.url());
    BOOST_TEST(outcome ==
               "handshake with 127.0.0.1: certificate verify failed: IP address mismatch");
    Session stranger;
    const std::string unknown = co_await outcome_of(stranger, server.url());
    BOOST_TEST(unknown.find("certificate verify failed") != std::string::npos, unknown);
    BOOST_TEST(requests.empty(), "nothing is sent to a server that may be anybody");
    Options anybody;
    anybody.tls.verify = false;
    Session careless(anybody);
    const std::string insecure = co_await outcome_of(careless, server.url());
    BOOST_TEST(insecure == "= a");
    co_await server.end();
}

ASYNC_TEST_CASE(a_handshake_has_the_time_of_connecting) {
    const auto executor = co_await this_coro::executor;
    const Certificates certificates;
    const tls::ServerCredentials credentials(certificates.server());
    tcp::acceptor acceptor = listen_v4(executor);
    Options options = trusting(certificates);
    options.connect.timeout = 60s;
    Session session(options);
    std::string outcome;
    std::vector<std::string> requests;
    TaskGroup client(executor);
    client.spawn(
        store_outcome(session, "https://" + to_string(acceptor.local_endpoint()) + "/", outcome));
    auto stream = std::make_unique<SocketStream>(co_await acceptor.async_accept(use_awaitable));
    co_await settle();
    co_await advance(50s);
    BOOST_TEST(outcome == "", "a slow server has as long as the caller says");
    const auto secured = co_await tls::accept_tls(std::move(stream), credentials);
    co_await say_over(*secured, {ok("a")}, true, requests);
    co_await client.join();
    BOOST_TEST(outcome == "= a");
}

ASYNC_TEST_CASE(through_a_tunnel_the_server_is_verified_and_the_proxy_learns_where_it_leads) {
    const Certificates certificates;
    const tls::ServerCredentials credentials(certificates.server({.names = {"server.test"}}));
    std::vector<std::string> requests;
    RunningServer proxy(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return cookbook::serve(std::move(acceptor), Limits{}, [&](tcp::socket socket) {
            return be_proxy_and_server(std::move(socket), {ok("a"), ok("b")}, credentials,
                                       requests);
        });
    });
    Options options = trusting(certificates);
    options.fields = {{"X", "secret"}};
    options.connect.proxy = Proxy{.origin = {.host = "127.0.0.1", .port = proxy.endpoint().port()},
                                  .credentials = Credentials{"user", "password"}};
    Session session(options);
    for (const std::string expected : {"= a", "= b"}) {
        const std::string outcome = co_await outcome_of(session, "https://server.test/path");
        BOOST_TEST(outcome == expected);
    }
    const std::string request = "GET /path HTTP/1.1\r\nHost: server.test\r\nX: secret\r\n\r\n";
    const std::vector<std::string> expected = {
        "CONNECT server.test:443 HTTP/1.1\r\nHost: server.test:443\r\n"
        "Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==\r\n\r\n",
        request, request};
    BOOST_TEST((requests == expected),
               "the proxy gets none of the origin's fields, and the origin "
               "none of the proxy's");
    const std::string other = co_await outcome_of(session, "https://other.test/");
    BOOST_TEST(other == "handshake with other.test: certificate verify failed: hostname mismatch");
    co_await proxy.end();
}

BOOST_AUTO_TEST_SUITE_END()
