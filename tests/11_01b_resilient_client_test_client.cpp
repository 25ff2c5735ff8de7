// Recipe 11.1b, the whole client over loopback: which connections carry what, and what it tells.
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "11_01_http_client_server.hpp"
#include "11_01b_resilient_client/flaky.hpp"
#include "11_01b_resilient_client/resilient_client.hpp"
#include "11_01b_resilient_client/row.hpp"
#include "11_10_tls_server.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/http_server.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::resilient_client;
using namespace cookbook::testing;

/// One attempt, no circuit, no cache: the pool alone.
ClientOptions bare() {
    return {.retry = {.max_retries = 0}, .breaker = {.max_failures = 0}, .cache = 0};
}

std::string shown(const Result& result) {
    return result ? std::to_string(result->status) + ' ' + result->content : result.error().reason;
}

asio::awaitable<void> fetch_into(Client& client, Request request, std::vector<Result>& results,
                                 FetchOptions how = {}) {
    results.push_back(co_await client.fetch(std::move(request), how));
}

/// Nothing is to go on after the order to stop.
http::Limits without_drain() {
    http::Limits limits;
    limits.drain_timeout = 0s;
    return limits;
}

/// The recipe's own server.
class FlakyServer : public HttpServer {
public:
    explicit FlakyServer(const asio::any_io_executor& executor, std::string host = "127.0.0.1")
        : HttpServer(executor, make_flaky("test", 1000), without_drain(), std::move(host)) {}

    [[nodiscard]] std::string url(const std::string& target) const {
        return "http://" + to_string(endpoint()) + target;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(resilient_client)

// --- The pool ------------------------------------------------------------------------------------

ASYNC_TEST_CASE(a_connection_is_used_again) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a"), ok("b"), ok("c")}});
    Client client(bare());
    for (const std::string content : {"200 a", "200 b", "200 c"}) {
        BOOST_TEST(shown(co_await client.fetch({.url = server.url()})) == content);
    }
    BOOST_TEST(server.connections() == 1U);
    BOOST_TEST(client.statistics().connections == 1U);
    co_await server.end();
}

ASYNC_TEST_CASE(an_idle_connection_is_closed_after_its_time) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a"), ok("b")}});
    Client client(bare());
    co_await client.fetch({.url = server.url()});
    co_await advance(20s);
    co_await client.fetch({.url = server.url()});
    BOOST_TEST(server.connections() == 1U);
    co_await advance(31s);
    BOOST_TEST(shown(co_await client.fetch({.url = server.url()})) == "200 a");
    BOOST_TEST(server.connections() == 2U, "30 s later it has been closed");
    co_await server.end();
}

ASYNC_TEST_CASE(a_connection_that_the_server_has_closed_is_not_used) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a")}});  // and then it ends
    Client client(bare());
    for (int i = 0; i < 3; ++i) {
        const Request post = {.method = "POST", .url = server.url()};
        BOOST_TEST(shown(co_await client.fetch(post)) == "200 a",
                   "an idle connection is looked at before it is used");
        co_await settle();
    }
    BOOST_TEST(server.connections() == 3U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_connection_that_dies_unanswered_is_replaced_once) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a"), ""}, {ok("b")}});
    Client client(bare());
    co_await client.fetch({.url = server.url()});
    const Result result = co_await client.fetch({.url = server.url()});
    BOOST_TEST(shown(result) == "200 b");
    BOOST_TEST(result->attempts == 1U, "that is no retry");
    BOOST_TEST(client.statistics().retries == 0U);
    BOOST_TEST(server.requests().size() == 3U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_new_connection_that_dies_is_a_failure) {
    ScriptedServer server(co_await this_coro::executor, {{""}});
    Client client(bare());
    const Result result = co_await client.fetch({.url = server.url()});
    BOOST_TEST(shown(result) == "the server closed the connection without a response");
    BOOST_TEST(server.connections() == 1U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_post_that_may_have_arrived_is_never_sent_twice) {
    ScriptedServer server(co_await this_coro::executor, {{ok("a"), ""}, {ok("b")}});
    Client client({.retry = {.backoff = 0s}});
    const Request post = {.method = "POST", .url = server.url()};
    BOOST_TEST(shown(co_await client.fetch(post)) == "200 a");
    BOOST_TEST(
        shown(co_await client.fetch(post)) == "the server closed the connection without a response",
        "the server may have got it, and acted on it");
    BOOST_TEST(server.requests().size() == 2U);
    Request with_key = post;
    with_key.fields.add("Idempotency-Key", "1");
    BOOST_TEST(shown(co_await client.fetch(with_key)) == "200 b");
    co_await server.end();
}

ASYNC_TEST_CASE(an_origin_gets_no_more_connections_than_its_limit) {
    FlakyServer server(co_await this_coro::executor);
    ClientOptions options = bare();
    options.pool.max_per_origin = 3;
    Client client(options);
    const std::vector<Request> requests(20, {.url = server.url("/bytes/10")});
    const std::vector<Result> results = co_await client.fetch_all(requests, 20);
    BOOST_TEST(results.size() == 20U);
    for (const Result& result : results) {
        BOOST_TEST((result && result->content.size() == 10));
    }
    BOOST_TEST(client.statistics().connections == 3U,
               "the others wait: " << client.statistics().connections << " connections");
    co_await server.end();
}

ASYNC_TEST_CASE(an_attempt_has_a_time_limit_and_waiting_for_a_connection_has_none) {
    FlakyServer server(co_await this_coro::executor);
    ClientOptions options = bare();
    options.pool.timeout = 20s;
    options.pool.max_per_origin = 1;
    Client client(options);
    std::vector<Result> results;
    TaskGroup group(co_await this_coro::executor);
    for (const char* target : {"/slow?seconds=15", "/slow?seconds=15", "/slow?seconds=60"}) {
        group.spawn(fetch_into(client, {.url = server.url(target)}, results));
    }
    co_await settle();
    for (int i = 0; i < 12; ++i) {
        co_await advance(5s);
    }
    co_await group.join();
    BOOST_TEST_REQUIRE(results.size() == 3U);
    BOOST_TEST(results[0].has_value());
    BOOST_TEST(results[1].has_value(), "its time began when it had its connection");
    BOOST_TEST(shown(results[2]) == "timed out after 20 s");
    co_await server.end();
}

ASYNC_TEST_CASE(a_server_that_drips_does_not_hold_an_attempt_for_ever) {
    FlakyServer server(co_await this_coro::executor);
    ClientOptions options = bare();
    options.pool.timeout = 3s;
    Client client(options);
    std::vector<Result> results;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(fetch_into(client, {.url = server.url("/drip?numbytes=10&duration=10")}, results));
    co_await settle();
    for (int i = 0; i < 8; ++i) {
        co_await advance(500ms);
    }
    co_await group.join();
    BOOST_TEST_REQUIRE(results.size() == 1U);
    BOOST_TEST(shown(results[0]) == "timed out after 3 s", "a byte a second is not silence");
    co_await server.end();
}

ASYNC_TEST_CASE(a_handshake_has_the_time_of_the_attempt) {
    const auto executor = co_await this_coro::executor;
    const Certificates certificates;
    const tls::ServerCredentials credentials(certificates.server());
    tcp::acceptor acceptor = listen_v4(executor);
    ClientOptions options = bare();
    options.pool.http.tls.cacert = certificates.client().cacert;
    Client client(options);
    std::vector<Result> results;
    TaskGroup group(executor);
    const std::string url = "https://" + to_string(acceptor.local_endpoint()) + "/";
    group.spawn(fetch_into(client, {.url = url}, results));
    auto stream = std::make_unique<SocketStream>(co_await acceptor.async_accept(use_awaitable));
    co_await settle();
    co_await advance(20s);
    BOOST_TEST(results.empty(), "a slow server has 30 s");
    const auto secured = co_await tls::accept_tls(std::move(stream), credentials);
    const std::string response = ok("a");
    const asio::const_buffer bytes = asio::buffer(response);
    co_await secured->write({&bytes, 1});
    co_await group.join();
    BOOST_TEST_REQUIRE(results.size() == 1U);
    BOOST_TEST(shown(results[0]) == "200 a");
}

// --- All layers ----------------------------------------------------------------------------------

ASYNC_TEST_CASE(goes_on_where_a_single_request_would_fail) {
    FlakyServer server(co_await this_coro::executor);
    Client client({.retry = {.backoff = 0s}});
    const Result result = co_await client.fetch({.url = server.url("/flaky/3?key=a&status=500")});
    BOOST_TEST_REQUIRE(result.has_value());
    BOOST_TEST(result->status == 200U);
    BOOST_TEST(result->attempts == 4U);
    const Result late = co_await client.fetch({.url = server.url("/flaky/4?key=b")});
    BOOST_TEST(late->status == 503U, "after the last attempt the last response is the result");
    const Result post = co_await client.fetch({.method = "POST", .url = server.url("/flaky/1")});
    BOOST_TEST(post->status == 503U);
    BOOST_TEST(post->attempts == 1U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_body_that_is_cut_is_no_response) {
    FlakyServer server(co_await this_coro::executor);
    Client client({.retry = {.max_retries = 1, .backoff = 0s}});
    for (const auto& [target, reason] : std::vector<std::pair<std::string, std::string>>{
             {"/truncate", "the server closed the connection in the middle of the response"},
             {"/drop", "the server closed the connection without a response"}}) {
        const Result result = co_await client.fetch({.url = server.url(target)});
        BOOST_TEST(shown(result) == reason);
        BOOST_TEST(result.error().attempts == 2U);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_post_that_never_left_is_tried_again) {
    const tcp::socket nobody = bind_v4(co_await this_coro::executor);
    const std::string url = "http://" + to_string(nobody.local_endpoint()) + "/";
    Client client({.retry = {.max_retries = 2, .backoff = 0s}});
    const Result result = co_await client.fetch({.method = "POST", .url = url});
    BOOST_TEST_REQUIRE(!result.has_value());
    BOOST_TEST(result.error().attempts == 3U, "nothing of it was sent: " << shown(result));
    BOOST_TEST(shown(result).ends_with(": Connection refused"));
}

ASYNC_TEST_CASE(a_hit_needs_no_circuit) {
    FlakyServer server(co_await this_coro::executor);
    Client client({.retry = {.max_retries = 0}, .breaker = {.max_failures = 1}});
    co_await client.fetch({.url = server.url("/cache/60")});
    co_await client.fetch({.url = server.url("/status/500")});
    BOOST_TEST(client.statistics().opened == 1U);
    const Result hit = co_await client.fetch({.url = server.url("/cache/60")});
    BOOST_TEST_REQUIRE(hit.has_value());
    BOOST_TEST((hit->cache == CacheUse::hit));
    BOOST_TEST(hit->attempts == 0U);
    const Result refused = co_await client.fetch({.url = server.url("/get")});
    BOOST_TEST(shown(refused) == "circuit open: " + to_string(server.endpoint()));
    BOOST_TEST(refused.error().attempts == 0U);
    co_await server.end();
}

ASYNC_TEST_CASE(what_one_user_may_see_is_not_for_another) {
    FlakyServer server(co_await this_coro::executor);
    Client client;
    std::string url = server.url("/cache/60");
    co_await client.fetch({.url = url});
    const Result other = co_await client.fetch({.url = url.insert(7, "user:password@")});
    BOOST_TEST((other->cache == CacheUse::miss));
    const Result again = co_await client.fetch({.url = url});
    BOOST_TEST((again->cache == CacheUse::hit));
    co_await server.end();
}

ASYNC_TEST_CASE(a_validator_spares_the_body) {
    FlakyServer server(co_await this_coro::executor);
    Client client;
    const Result first = co_await client.fetch({.url = server.url("/etag")});
    const Result second = co_await client.fetch({.url = server.url("/etag")});
    BOOST_TEST((second->cache == CacheUse::revalidated));
    BOOST_TEST(second->status == 200U);
    BOOST_TEST(second->content == first->content);
    BOOST_TEST(client.statistics().revalidated == 1U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_malformed_request_is_a_failure_and_not_sent) {
    Client client;
    for (const Request& request : std::vector<Request>{{.url = "ftp://a/"},
                                                       {.url = "a"},
                                                       {.method = "GE T", .url = "http://a/"},
                                                       {.method = "CONNECT", .url = "http://a/"}}) {
        const Result result = co_await client.fetch(request);
        BOOST_TEST_REQUIRE(!result.has_value());
        BOOST_TEST((result.error().kind == Failure::Kind::usage), result.error().reason);
        BOOST_TEST(result.error().attempts == 0U);
    }
}

ASYNC_TEST_CASE(authorities_that_cannot_be_read_are_no_failure_of_the_server) {
    Client client({.pool = {.http = {.tls = {.cacert = "/no/such/file"}}},
                   .retry = {.backoff = 0s},
                   .breaker = {.max_failures = 1}});
    const Result result = co_await client.fetch({.url = "https://127.0.0.1:1/"});
    BOOST_TEST_REQUIRE(!result.has_value());
    BOOST_TEST((result.error().kind == Failure::Kind::usage));
    BOOST_TEST(result.error().reason == "read /no/such/file: No such file or directory");
    BOOST_TEST(result.error().attempts == 1U, "it would only come again");
    BOOST_TEST(client.statistics().opened == 0U);
}

ASYNC_TEST_CASE(results_are_in_the_order_of_the_requests) {
    FlakyServer server(co_await this_coro::executor);
    Client client;
    const std::vector<Request> requests = {{.url = server.url("/slow?seconds=0.05")},
                                           {.url = server.url("/status/404")},
                                           {.url = "http://127.0.0.1:1/"},
                                           {.url = server.url("/bytes/3")}};
    const std::vector<Result> results = co_await client.fetch_all(requests);
    BOOST_TEST_REQUIRE(results.size() == 4U);
    BOOST_TEST(results[0]->status == 200U);
    BOOST_TEST(results[1]->status == 404U, "a status is a result, not a failure");
    BOOST_TEST(!results[2].has_value());
    BOOST_TEST(results[3]->content.size() == 3U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_failure_may_cancel_the_rest) {
    FlakyServer server(co_await this_coro::executor);
    Client client({.retry = {.max_retries = 0}});
    const std::vector<Request> requests = {{.url = server.url("/slow?seconds=50")},
                                           {.url = server.url("/drop")},
                                           {.url = server.url("/slow?seconds=50")}};
    const Waiting waiting("requests that were to be cancelled");
    const std::vector<Result> results =
        co_await client.fetch_all(requests, {.concurrency = 2, .fail_fast = true});
    BOOST_TEST_REQUIRE(results.size() == 3U);
    BOOST_TEST(shown(results[0]) == "cancelled");
    BOOST_TEST(results[0].error().attempts == 1U, "the server may have got it");
    BOOST_TEST(shown(results[1]) == "the server closed the connection without a response");
    BOOST_TEST(shown(results[2]) == "cancelled");
    BOOST_TEST(results[2].error().attempts == 0U, "nothing of it was sent");
    co_await server.end();
}

ASYNC_TEST_CASE(all_attempts_have_a_limit_together) {
    FlakyServer server(co_await this_coro::executor);
    Client client;
    const auto end = std::chrono::steady_clock::now() + 20s;
    std::vector<Result> results;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(fetch_into(client, {.url = server.url("/slow?seconds=50")}, results, {.end = end}));
    co_await settle();
    co_await advance(20s);
    co_await group.join();
    BOOST_TEST_REQUIRE(results.size() == 1U);
    BOOST_TEST_REQUIRE(!results[0].has_value());
    BOOST_TEST((results[0].error().kind == Failure::Kind::out_of_time));
    BOOST_TEST(results[0].error().attempts == 1U);
    const Result late = co_await client.fetch({.url = server.url("/get")}, {.end = end});
    BOOST_TEST(late.error().attempts == 0U, "nothing begins after the end");
    co_await server.end();
}

ASYNC_TEST_CASE(speaks_ipv6) {
    FlakyServer server(co_await this_coro::executor, "::1");
    Client client;
    BOOST_TEST((co_await client.fetch({.url = server.url("/get")}))->status == 200U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_cancelled_fetch_leaves_nothing_behind) {
    FlakyServer server(co_await this_coro::executor);
    ClientOptions options = bare();
    options.pool.max_per_origin = 1;
    Client client(options);
    std::vector<Result> results;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(fetch_into(client, {.url = server.url("/slow?seconds=50")}, results));
    group.spawn(fetch_into(client, {.url = server.url("/slow?seconds=50")}, results));
    co_await settle();
    group.cancel();
    try {
        co_await group.join();
    } catch (const boost::system::system_error&) {
    }
    BOOST_TEST(results.empty());
    const Waiting waiting("the connection that a cancelled request had");
    BOOST_TEST((co_await client.fetch({.url = server.url("/get")}))->status == 200U);
    co_await server.end();
}

// --- What is printed -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_row_is_one_line_of_json) {
    Response response;
    response.status = 200;
    response.content = "abc";
    response.attempts = 2;
    response.cache = CacheUse::revalidated;
    BOOST_TEST(row("http://a/", response, 1500ms, false) ==
               R"({"url": "http://a/", "status": 200, "attempts": 2, "cache": "revalidated", )"
               R"("bytes": 3, "sha256": )"
               R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", )"
               R"("elapsed": 1.500000})");
    response.content = "\"\n\xff";
    const std::string with_body = row("http://u:secret@a/", response, 0s, true);
    BOOST_TEST(with_body.find("secret") == with_body.npos);
    BOOST_TEST(with_body.find('\n') == with_body.npos);
    const auto parsed = boost::json::parse(with_body);
    BOOST_TEST(parsed.at("body").as_string() == "\"\n\xef\xbf\xbd");
    const std::string malformed =
        row("http://u:secret@a b/", Failure{Failure::Kind::usage, "a space"}, 0s, false);
    BOOST_TEST(malformed == R"({"url": "a b/", "error": "a space", "attempts": 0})");
    BOOST_TEST(row("x\x01", Failure{Failure::Kind::lost, "gone", 3}, 0s, true) ==
               R"({"url": "x\u0001", "error": "gone", "attempts": 3})");
}

BOOST_AUTO_TEST_CASE(a_summary_is_one_line_of_json) {
    const auto parsed = boost::json::parse(summary(
        {.requests = 1, .connections = 2, .retries = 3, .hits = 4, .revalidated = 5, .opened = 6},
        250ms));
    BOOST_TEST(parsed.at("connections") == 2);
    BOOST_TEST(parsed.at("opened") == 6);
    BOOST_TEST(parsed.at("elapsed").as_double() == 0.25);
}

BOOST_AUTO_TEST_SUITE_END()
