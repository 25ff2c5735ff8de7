// common/http/server.hpp: connections, bodies, limits, and the end.
#include "common/http/server.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "support/allocations.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/http_server.hpp"
#include "support/memory_stream.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string get_last = "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

http::Response path_as_text(std::string_view text) {
    http::Response response(http::status::ok, "text/plain");
    response.data() = text;
    return response;
}

/// Responds with the path.
http::ResponseFuture show_path(http::Request& request) {
    return path_as_text(request.path);
}

asio::awaitable<http::Response> show_body(http::Request& request) {
    co_return path_as_text(co_await request.read_body());
}

asio::awaitable<http::Response> wait_a_minute(http::Request&) {
    asio::steady_timer timer(co_await this_coro::executor, 60s);
    co_await timer.async_wait(use_awaitable);
    co_return path_as_text("waited");
}

asio::awaitable<void> write_three(http::BodySink& sink) {
    co_await sink.write("one");
    co_await sink.write("");
    co_await sink.write("two");
    co_await sink.write(std::string(20, 'x'));
}

http::Application streams(std::optional<std::uint64_t> length,
                          http::status status = http::status::ok) {
    return [length, status](http::Request&) {
        http::Response response(status, "text/plain");
        response.body = http::StreamedBody{write_three, length};
        return response;
    };
}

/// Serves `application`, has one exchange with it, and stops it.
asio::awaitable<std::string> ask(http::Application application, std::string bytes,
                                 http::Limits limits = {}) {
    HttpServer server(co_await this_coro::executor, std::move(application), limits);
    std::string response = co_await exchange(server.endpoint(), std::move(bytes));
    co_await server.end();
    co_return response;
}

/// The same with a client that sends `parts`, never silent for long: a pause after each.
asio::awaitable<std::string> ask_slowly(http::Application application,
                                        std::vector<std::string> parts,
                                        std::chrono::seconds pause) {
    HttpServer server(co_await this_coro::executor, std::move(application));
    tcp::socket client = co_await server.connect();
    for (const std::string& part : parts) {
        co_await send_all(client, part);
        co_await settle();
        co_await advance(pause);
    }
    Received received = co_await receive_to_end(client);
    client.close();
    co_await server.end();
    co_return std::move(received.data);
}

/// A connection on which `bytes` have been sent and received.
asio::awaitable<tcp::socket> asked(HttpServer& server, std::string bytes) {
    tcp::socket client = co_await server.connect();
    co_await send_all(client, std::move(bytes));
    co_await settle();
    co_return client;
}

/// A connection that has had a response and waits for another one.
asio::awaitable<tcp::socket> kept_connection(HttpServer& server) {
    tcp::socket client = co_await asked(server, get);
    co_await receive_response(client);
    co_return client;
}

asio::awaitable<void> read_once(Stream& stream) {
    std::string text(10, '\0');
    co_await stream.read_some(asio::buffer(text));
}

http::Application upgrades(http::Upgrade upgrade) {
    return [upgrade = std::move(upgrade)](http::Request&) {
        http::Response response;
        response.body = upgrade;
        return response;
    };
}

std::string post_request(std::string_view fields, std::string_view body) {
    return "POST /a HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_http_server)

ASYNC_TEST_CASE(responds_to_a_request) {
    const std::string response = co_await ask(show_path, get_last);
    BOOST_TEST(response.starts_with("HTTP/1.1 200 OK\r\nDate: "));
    BOOST_TEST(response.ends_with(
        " GMT\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\n/last"));
}

ASYNC_TEST_CASE(keeps_the_connection_as_each_version_says) {
    const auto responses_to = [](std::string first) -> asio::awaitable<std::size_t> {
        co_return count_of("HTTP/1.1 200", co_await ask(show_path, first + get));
    };
    BOOST_TEST(co_await responses_to(get) == 2U);
    BOOST_TEST(co_await responses_to(get_last) == 1U);
    BOOST_TEST(co_await responses_to("GET / HTTP/1.0\r\n\r\n") == 1U);
    BOOST_TEST(co_await responses_to("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == 2U);
    const std::string response =
        co_await ask(show_path, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    BOOST_TEST(response.find("Connection: keep-alive\r\n") != response.npos);
}

ASYNC_TEST_CASE(responds_to_pipelined_requests_in_order_with_one_send) {
    HttpServer server(co_await this_coro::executor, show_path);
    tcp::socket client = co_await server.connect();
    co_await settle();
    const CountCalls calls(Where::local_port(server.endpoint().port()));
    std::string requests;
    for (int i = 0; i < 16; ++i) {
        requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }
    co_await send_all(client, requests + get_last);
    const Received received = co_await receive_to_end(client);
    std::size_t at = 0;
    for (int i = 0; i < 16; ++i) {
        at = received.data.find("\r\n\r\n/" + std::to_string(i) + "HTTP/1.1", at);
        BOOST_TEST(at != received.data.npos, "response " << i << " is missing or out of order");
    }
    BOOST_TEST(calls[Call::sendmsg] + calls[Call::send] == 1U);
    co_await server.end();
}

ASYNC_TEST_CASE(responds_to_thousands_of_pipelined_requests) {
    constexpr std::size_t many = 5000;
    std::string requests;
    for (std::size_t i = 0; i < many; ++i) {
        requests += get;
    }
    BOOST_TEST(count_of("HTTP/1.1 200", co_await ask(show_path, requests)) == many);
}

ASYNC_TEST_CASE(allocates_nothing_for_a_request) {
    HttpServer server(co_await this_coro::executor, show_path);
    tcp::socket client = co_await server.connect();
    std::string response;
    std::uint64_t allocations = 0;
    for (int i = 0; i < 20; ++i) {
        const CountAllocations count;
        error_code ignored;
        client.write_some(asio::buffer(get), ignored);
        co_await asio::post(use_awaitable);  // the server's turns: poll, receive, respond
        co_await asio::post(use_awaitable);
        co_await asio::post(use_awaitable);
        allocations = count.count();
        response.resize(client.available());
        asio::read(client, asio::buffer(response));
    }
    BOOST_TEST(status_of(response) == "200");
    BOOST_TEST(allocations == 0U);
    client.close();
    co_await server.end();
}

ASYNC_TEST_CASE(suppresses_the_body_where_there_must_be_none) {
    const std::string head =
        co_await ask(show_path, "HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    BOOST_TEST(head.find("Content-Length: 2\r\n") != head.npos);
    BOOST_TEST(body_of(head) == "");
    for (const http::status status : {http::status::no_content, http::status::not_modified}) {
        const std::string response = co_await ask(
            [status](http::Request&) {
                http::Response none(status);
                none.body = "a body";
                return none;
            },
            get_last);
        BOOST_TEST(response.find("Content-Length") == response.npos);
        BOOST_TEST(body_of(response) == "");

        const std::string streamed = co_await ask(streams(std::nullopt, status), get_last);
        BOOST_TEST(streamed.find("Transfer-Encoding") == streamed.npos);
        BOOST_TEST(body_of(streamed) == "");
    }
}

ASYNC_TEST_CASE(gives_no_reason_for_a_status_that_has_no_name) {
    for (const unsigned status : {299U, 418U, 999U}) {
        const std::string response = co_await ask(
            [status](http::Request&) { return http::Response(http::status(status)); }, get_last);
        BOOST_TEST(response.starts_with("HTTP/1.1 " + std::to_string(status) + " \r\n"), response);
    }
}

ASYNC_TEST_CASE(gives_the_body_whole_or_chunked) {
    BOOST_TEST(body_of(co_await ask(show_body, post_request("Content-Length: 3\r\n", "abc"))) ==
               "abc");
    BOOST_TEST(body_of(co_await ask(
                   show_body, post_request("Transfer-Encoding: chunked\r\n",
                                           "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: x\r\n\r\n"))) ==
               "abcde");
    const std::string large(300'000, 'z');
    BOOST_TEST(body_of(co_await ask(show_body,
                                    post_request("Content-Length: 300000\r\n", large))) == large);
}

ASYNC_TEST_CASE(passes_over_a_body_that_nobody_read) {
    const std::string responses =
        co_await ask(show_path, post_request("Content-Length: 3\r\n", "abc") + get_last);
    BOOST_TEST(count_of("HTTP/1.1 200", responses) == 2U);
}

ASYNC_TEST_CASE(refuses_a_malformed_body_that_nobody_read) {
    const std::string response = co_await ask(
        show_path, post_request("Transfer-Encoding: chunked\r\n", "-1\r\nx") + get_last);
    BOOST_TEST(status_of(response) == "400", "what comes after a malformed chunk is no request");
    BOOST_TEST(count_of("HTTP/1.1 ", response) == 1U);
    const http::Application refuse = [](http::Request&) {
        return http::Response(http::status::not_found, "text/plain");
    };
    const std::string refusal =
        co_await ask(refuse, post_request("Transfer-Encoding: chunked\r\n", "-1\r\nx") + get_last);
    BOOST_TEST(status_of(refusal) == "404", "the application has refused the request already");
    BOOST_TEST(refusal.find("Connection: close\r\n") != refusal.npos);
    BOOST_TEST(count_of("HTTP/1.1 ", refusal) == 1U);
}

ASYNC_TEST_CASE(closes_after_a_response_that_asks_for_it) {
    const http::Application refuse = [](http::Request&) {
        http::Response response(http::status::unauthorized);
        response.close = true;
        return response;
    };
    const std::string response =
        co_await ask(refuse, post_request("Content-Length: 1000000\r\n", "abc") + get_last);
    BOOST_TEST(status_of(response) == "401", "a request may be refused before its body has come");
    BOOST_TEST(response.find("Connection: close\r\n") != response.npos);
    BOOST_TEST(count_of("HTTP/1.1 ", response) == 1U);
}

ASYNC_TEST_CASE(keeps_what_an_application_remembers_of_a_connection) {
    const http::Application count = [](http::Request& request) {
        const int requests =
            request.session->has_value() ? std::any_cast<int>(*request.session) : 0;
        *request.session = requests + 1;
        return path_as_text(std::to_string(requests + 1));
    };
    BOOST_TEST(body_of(co_await ask(count, get_last)) == "1");
    BOOST_TEST((co_await ask(count, get + get + get_last)).ends_with("\r\n\r\n3"),
               "a connection's requests share its session, another connection's do not");
}

ASYNC_TEST_CASE(limits_the_body) {
    http::Limits limits;
    limits.max_body = 10;
    const std::string eleven = "01234567890";
    BOOST_TEST(status_of(co_await ask(show_body, post_request("Content-Length: 11\r\n", eleven),
                                      limits)) == "413");
    BOOST_TEST(status_of(co_await ask(show_body, post_request("Content-Length: 10\r\n", eleven),
                                      limits)) == "200");
    BOOST_TEST(status_of(co_await ask(show_body,
                                      post_request("Transfer-Encoding: chunked\r\n",
                                                   "6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n"),
                                      limits)) == "413");
    const http::Application of_its_own = [](http::Request& request) {
        request.max_body = 20;
        return show_body(request);
    };
    BOOST_TEST(status_of(co_await ask(of_its_own, post_request("Content-Length: 11\r\n", eleven),
                                      limits)) == "200");
}

ASYNC_TEST_CASE(says_continue_only_when_the_body_is_wanted) {
    const std::string fields = "Content-Length: 3\r\nExpect: 100-continue\r\n";
    http::Limits limits;
    limits.max_body = 10;
    HttpServer server(co_await this_coro::executor, show_body, limits);
    tcp::socket client = co_await server.connect();
    co_await send_all(client, post_request(fields, ""));
    co_await expect(client, "HTTP/1.1 100 Continue\r\n\r\n", "a client that asks is told to go on");
    co_await send_all(client, "abc");
    const std::string response = co_await receive_response(client);
    BOOST_TEST(status_of(response) == "200");
    BOOST_TEST(status_of(co_await exchange(
                   server.endpoint(),
                   post_request("Content-Length: 11\r\nExpect: 100-continue\r\n", ""))) == "413");
    client.close();
    co_await server.end();
    BOOST_TEST(status_of(co_await ask(show_path, post_request(fields, ""))) == "200");
}

ASYNC_TEST_CASE(streams_a_body) {
    const std::string chunked = co_await ask(streams({}), get + get_last);
    BOOST_TEST(count_of("Transfer-Encoding: chunked\r\n", chunked) == 2U);
    BOOST_TEST(chunked.ends_with(
        "\r\n\r\n3\r\none\r\n3\r\ntwo\r\n14\r\nxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n"));
    const std::string known = co_await ask(streams(26), get_last);
    BOOST_TEST(known.find("Content-Length: 26\r\n") != known.npos);
    BOOST_TEST(body_of(known) == "onetwoxxxxxxxxxxxxxxxxxxxx");
    const std::string old = co_await ask(streams({}), "GET / HTTP/1.0\r\n\r\n");
    BOOST_TEST(old.find("chunked") == old.npos);
    BOOST_TEST(body_of(old) == "onetwoxxxxxxxxxxxxxxxxxxxx");
    const std::string head = co_await ask(streams({}), "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(body_of(head) == "");
}

ASYNC_TEST_CASE(cuts_a_streamed_body_that_does_not_keep_its_length) {
    for (const std::uint64_t length : {10U, 100U}) {
        const std::string response = co_await ask(streams(length), get + get_last);
        BOOST_TEST(count_of("HTTP/1.1", response) == 1U);
        BOOST_TEST(body_of(response).size() < length);
    }
}

ASYNC_TEST_CASE(responds_to_what_an_application_throws) {
    const auto status = [](http::Application application) -> asio::awaitable<std::string> {
        const std::string responses = co_await ask(std::move(application), get + get_last);
        BOOST_TEST(count_of("HTTP/1.1 ", responses) == 2U);
        co_return std::string(status_of(responses));
    };
    BOOST_TEST(co_await status([](http::Request&) -> http::ResponseFuture {
                   throw http::Error(http::status::conflict, "no");
               }) == "409");
    BOOST_TEST(co_await status([](http::Request&) -> http::ResponseFuture {
                   throw std::runtime_error("no");
               }) == "500");
    BOOST_TEST(co_await status([](http::Request&) -> asio::awaitable<http::Response> {
                   throw http::Error(http::status::conflict, "no");
                   co_return http::Response();
               }) == "409");
}

ASYNC_TEST_CASE(runs_what_blocks_on_a_thread) {
    asio::thread_pool pool(1);
    const auto here = std::this_thread::get_id();
    const std::string response = co_await ask(
        [&](http::Request&) {
            return http::on_thread(pool, [here] {
                return path_as_text(std::this_thread::get_id() == here ? "here" : "there");
            });
        },
        get_last);
    BOOST_TEST(body_of(response) == "there");
}

ASYNC_TEST_CASE(waits_for_its_thread_though_it_is_cut) {
    asio::thread_pool pool(2);  // a second one, to which a cancellation could go meanwhile
    std::promise<void> working;
    http::Limits limits;
    limits.drain_timeout = 1s;
    HttpServer server(
        co_await this_coro::executor,
        [&](http::Request&) {
            return http::on_thread(pool, [&] {
                working.get_future().wait();
                return path_as_text("done");
            });
        },
        limits);
    tcp::socket client = co_await server.connect();
    co_await send_all(client, get_last);
    co_await settle();
    server.stop();
    co_await advance(limits.drain_timeout);
    BOOST_TEST(!server.stopped(), "its coroutine has gone while the thread still uses it");
    working.set_value();
    co_await server.join();
}

ASYNC_TEST_CASE(upgrades_a_connection) {
    const auto echo_ten_bytes = [](Stream& stream) -> asio::awaitable<void> {
        std::string text(10, '\0');
        for (std::size_t size = 0; size < text.size();) {
            const auto [error, n] = co_await stream.read_some(asio::buffer(text) + size);
            BOOST_TEST_REQUIRE(!error);
            size += n;
        }
        error_code error;
        const asio::const_buffer echo = asio::buffer(text);
        stream.write_now({&echo, 1}, error);
    };
    HttpServer server(co_await this_coro::executor, upgrades(echo_ten_bytes));
    tcp::socket client = co_await server.connect();
    co_await send_all(client, get + "begun ");
    co_await settle();
    co_await send_all(client, "more");
    co_await expect(client, "begun more", "what came after the request is the first to be read");
    co_await expect_eof(client, "the connection ends with the upgrade");
    co_await server.end();
}

ASYNC_TEST_CASE(serves_any_stream) {
    const auto make = [](tcp::socket socket) -> asio::awaitable<std::unique_ptr<Stream>> {
        std::string hello(3, '\0');
        co_await asio::async_read(socket, asio::buffer(hello), use_awaitable);
        if (hello != "TLS") {
            throw std::runtime_error("no handshake");
        }
        co_return std::make_unique<SocketStream>(std::move(socket));
    };
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return http::serve(std::move(acceptor), {}, show_path, make);
    });
    const std::string refused = co_await exchange(server.endpoint(), get_last);
    BOOST_TEST(refused == "", "a connection without its handshake is closed");
    const std::string response = co_await exchange(server.endpoint(), "TLS" + get_last);
    BOOST_TEST(status_of(response) == "200", "what the handshake has made is served");
    co_await server.end();
}

ASYNC_TEST_CASE(refuses_fields_that_would_break_a_response) {
    http::Response response;
    BOOST_CHECK_THROW(response.add("X", "a\r\nSet-Cookie: b"), std::invalid_argument);
    BOOST_CHECK_THROW(response.add("X", std::string(1, '\0')), std::invalid_argument);
    BOOST_CHECK_THROW(response.add("X: a\r\nY", "b"), std::invalid_argument);
    BOOST_CHECK_THROW(response.add("", "b"), std::invalid_argument);
    BOOST_CHECK_THROW(http::Response(http::status::ok, "a\nb"), std::invalid_argument);
    co_return;
}

// --- Time ---------------------------------------------------------------------------------------

ASYNC_TEST_CASE(disconnects_a_silent_client) {
    HttpServer server(co_await this_coro::executor, show_path, {{.idle_timeout = 60s}});
    tcp::socket silent = co_await server.connect();
    tcp::socket kept = co_await kept_connection(server);
    co_await advance(61s);
    co_await expect_eof(silent, "a client that sends nothing is disconnected");
    co_await expect_eof(kept, "a kept connection without another request ends");
    co_await server.end();
}

ASYNC_TEST_CASE(cuts_off_a_head_that_trickles) {
    const std::vector<std::string> parts = {"G", "E", "T", " "};
    BOOST_TEST(status_of(co_await ask_slowly(show_path, parts, 6s)) == "408",
               "a byte now and then does not buy more time for a head");
}

ASYNC_TEST_CASE(cuts_off_a_body_that_trickles) {
    const std::vector<std::string> parts = {post_request("Content-Length: 100\r\n", ""), "x", "x",
                                            "x"};
    BOOST_TEST(status_of(co_await ask_slowly(show_body, parts, 6s)) == "408",
               "a byte now and then does not buy more time for a body");
}

ASYNC_TEST_CASE(lets_a_large_body_take_its_time) {
    std::vector<std::string> parts(10, std::string(10'240, 'x'));  // a minute and a half in all
    parts.front().insert(0, post_request("Connection: close\r\nContent-Length: 102400\r\n", ""));
    BOOST_TEST(status_of(co_await ask_slowly(show_body, parts, 9s)) == "200",
               "a large body has a second more for each KiB that comes");
}

ASYNC_TEST_CASE(lets_an_application_take_its_time) {
    HttpServer server(co_await this_coro::executor, wait_a_minute, {{.idle_timeout = 1s}});
    tcp::socket client = co_await asked(server, get_last);
    co_await advance(61s);
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(body_of(received.data) == "waited");
    co_await server.end();
}

ASYNC_TEST_CASE(disconnects_an_upgraded_peer_that_is_idle) {
    HttpServer server(co_await this_coro::executor, upgrades(read_once), {{.idle_timeout = 60s}});
    tcp::socket silent = co_await asked(server, get);
    co_await advance(61s);
    co_await expect_eof(silent, "the idle timeout holds for an upgraded connection, too");
    co_await server.end();
}

ASYNC_TEST_CASE(disconnects_a_client_that_does_not_read) {
    const std::string large(20'000'000, 'x');
    http::Limits limits;
    limits.min_rate = 10'000'000;
    HttpServer server(
        co_await this_coro::executor, [&](http::Request&) { return path_as_text(large); }, limits);
    tcp::socket client = co_await asked(server, get);
    co_await advance(25s);
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(received.data.size() < large.size());
    client.close();
    co_await server.end();
}

// --- The end ------------------------------------------------------------------------------------

ASYNC_TEST_CASE(stops_at_once_where_connections_are_idle) {
    HttpServer server(co_await this_coro::executor, show_path, {{.drain_timeout = 24h}});
    tcp::socket fresh = co_await server.connect();
    tcp::socket kept = co_await kept_connection(server);
    co_await server.end();
    co_await expect_eof(fresh, "an idle connection does not hold the server up");
    co_await expect_eof(kept, "an idle connection does not hold the server up");
}

ASYNC_TEST_CASE(finishes_the_request_at_hand) {
    HttpServer server(co_await this_coro::executor, wait_a_minute, {{.drain_timeout = 24h}});
    tcp::socket client = co_await asked(server, get);
    server.stop();
    co_await settle();
    BOOST_TEST(!server.stopped());
    co_await advance(61s);
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(body_of(received.data) == "waited");
    BOOST_TEST(received.data.find("Connection: close\r\n") != received.data.npos);
    co_await server.join();
}

ASYNC_TEST_CASE(finishes_a_request_that_is_still_coming) {
    HttpServer server(co_await this_coro::executor, show_path, {{.drain_timeout = 24h}});
    tcp::socket client = co_await asked(server, get.substr(0, 10));
    server.stop();
    co_await settle();
    co_await send_all(client, get.substr(10));
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(body_of(received.data) == "/a");
    co_await server.join();
}

ASYNC_TEST_CASE(cuts_off_an_application_that_outlasts_the_drain) {
    HttpServer server(co_await this_coro::executor, wait_a_minute, {{.drain_timeout = 5s}});
    tcp::socket client = co_await asked(server, get);
    server.stop();
    co_await settle();
    co_await advance(6s);
    co_await server.join();
    co_await expect_eof(client, "a request that outlasts the drain is cut off");
}

ASYNC_TEST_CASE(cuts_off_a_request_that_outlasts_the_drain) {
    for (const std::string half :
         {"GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"}) {
        HttpServer server(co_await this_coro::executor, show_body, {{.drain_timeout = 5s}});
        tcp::socket client = co_await server.connect();
        co_await send_all(client, half);
        co_await settle();
        server.stop();
        co_await settle();
        BOOST_TEST(!server.stopped(), "the drain ended early");
        co_await advance(5s);
        BOOST_TEST(server.stopped(), "after the drain it still waits for " << half);
        co_await server.join();
    }
}

ASYNC_TEST_CASE(tells_an_upgraded_connection_at_once_that_the_server_ends) {
    const auto say_goodbye = [](Stream& stream) -> asio::awaitable<void> {
        co_await this_coro::throw_if_cancelled(false);
        co_await read_once(stream);
        error_code error;
        const asio::const_buffer goodbye = asio::buffer("goodbye", 7);
        stream.write_now({&goodbye, 1}, error);
    };
    HttpServer server(co_await this_coro::executor, upgrades(say_goodbye),
                      {{.drain_timeout = 24h}});
    tcp::socket client = co_await asked(server, get);
    co_await server.end();
    co_await expect(client, "goodbye",
                    "the order to end arrives at once, and a last word may be said");
    co_await expect_eof(client, "then the connection ends");
}

ASYNC_TEST_CASE(upgrades_nothing_that_was_asked_for_before_the_end) {
    const auto executor = co_await this_coro::executor;
    const http::Application application = [](http::Request& request) {
        http::Response response = path_as_text(std::string(10'000, 'x'));
        if (request.path == "/last") {
            response.body = [](Stream&) -> asio::awaitable<void> { co_return; };
        }
        return response;
    };
    const http::Limits limits;
    auto [near, far] = memory_pair(executor, {}, {.capacity = 100});
    TaskGroup server(executor);
    server.spawn(http::handle(*far, limits, application));
    error_code error;
    const std::string requests = get + get_last;
    const asio::const_buffer unsent = asio::buffer(requests);
    near->write_now({&unsent, 1}, error);
    co_await settle();  // the first response waits for the client to take it
    server.cancel(asio::cancellation_type::total);
    std::string responses;
    while (!error) {
        std::array<char, 1000> buffer{};
        const auto [read_error, size] = co_await near->read_some(asio::buffer(buffer));
        responses.append(buffer.data(), size);
        error = read_error;
    }
    BOOST_TEST(count_of("HTTP/1.1 503 ", responses) == 1U,
               "who is not served is told so: " << in_quotes(responses.substr(10'000)));
    co_await server.join();
}

BOOST_AUTO_TEST_SUITE_END()
