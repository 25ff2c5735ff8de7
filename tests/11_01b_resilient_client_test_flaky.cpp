// Recipe 11.1b, its server: it fails just as it is told to.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "11_01b_resilient_client/flaky.hpp"
#include "support/async_case.hpp"
#include "support/http_server.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::resilient_client;
using namespace cookbook::testing;

HttpServer flaky_server(const asio::any_io_executor& executor) {
    return {executor, make_flaky("test", 1000)};
}

asio::awaitable<std::string> get(const HttpServer& server, std::string target,
                                 std::string more = "", std::string method = "GET") {
    co_return co_await exchange(server.endpoint(), method + ' ' + target +
                                                       " HTTP/1.1\r\nHost: test\r\n"
                                                       "Connection: close\r\n" +
                                                       more + "\r\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resilient_client)

ASYNC_TEST_CASE(the_first_requests_for_each_key_fail) {
    HttpServer server = flaky_server(co_await this_coro::executor);
    const std::string first = co_await get(server, "/flaky/2");
    BOOST_TEST(status_of(first) == "503");
    BOOST_TEST(first.find("Retry-After: 0\r\n") != first.npos);
    BOOST_TEST(status_of(co_await get(server, "/flaky/2")) == "503");
    const std::string third = co_await get(server, "/flaky/2");
    BOOST_TEST(status_of(third) == "200");
    BOOST_TEST(third.find("Retry-After") == third.npos);
    BOOST_TEST(status_of(co_await get(server, "/flaky/2?key=a")) == "503", "a key of its own");
    const std::string asked = co_await get(server, "/flaky/1?key=b&status=429&retry_after=7");
    BOOST_TEST(status_of(asked) == "429");
    BOOST_TEST(asked.find("Retry-After: 7\r\n") != asked.npos);
    BOOST_TEST(status_of(co_await get(server, "/flaky/1?key=c", "", "POST")) == "503");
    BOOST_TEST(status_of(co_await get(server, "/flaky/0?key=d")) == "200");
    co_await server.end();
}

ASYNC_TEST_CASE(bad_values_get_400) {
    HttpServer server = flaky_server(co_await this_coro::executor);
    for (const std::string target :
         {"/flaky/x", "/flaky/-1", "/flaky/1?status=200", "/flaky/1?status=x",
          "/flaky/1?status=600", "/flaky/1?retry_after=-1", "/flaky/1?retry_after=1.5",
          "/slow?seconds=61", "/slow?seconds=-1", "/slow?seconds=x", "/slow?seconds=nan"}) {
        BOOST_TEST(status_of(co_await get(server, target)) == "400", target);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_validator_gets_304) {
    HttpServer server = flaky_server(co_await this_coro::executor);
    const std::string first = co_await get(server, "/etag");
    BOOST_TEST(status_of(first) == "200");
    BOOST_TEST(first.find("ETag: \"1\"\r\n") != first.npos);
    for (const std::string tags : {"\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"}) {
        BOOST_TEST(
            status_of(co_await get(server, "/etag", "If-None-Match: " + tags + "\r\n")) == "304",
            tags);
    }
    BOOST_TEST(status_of(co_await get(server, "/etag", "If-None-Match: \"2\"\r\n")) == "200");
    co_await server.end();
}

ASYNC_TEST_CASE(some_responses_never_come_whole) {
    HttpServer server = flaky_server(co_await this_coro::executor);
    BOOST_TEST((co_await get(server, "/drop")).empty(), "closed without a response");
    const std::string half = co_await get(server, "/truncate");
    BOOST_TEST(half.find("Content-Length: 2000\r\n") != half.npos);
    BOOST_TEST(body_of(half).size() == 1000U);
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(a_response_that_is_not_sent_has_no_status) {
    const http::Application flaky = make_flaky("test", 1000);
    http::Request request;
    request.path = "/drop";
    const http::Response response = http::respond(flaky, request).get();
    BOOST_TEST((response.status == http::status::unknown), "the log would tell of a 200");
}

ASYNC_TEST_CASE(all_else_is_httpbin) {
    HttpServer server = flaky_server(co_await this_coro::executor);
    BOOST_TEST(status_of(co_await get(server, "/get")) == "200");
    BOOST_TEST(status_of(co_await get(server, "/etag/t", "If-None-Match: t\r\n")) == "304");
    BOOST_TEST(status_of(co_await get(server, "/nothing")) == "404");
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(keys_are_remembered_up_to_a_number) {
    AttemptCounts counts(3);
    BOOST_TEST(counts.add("a") == 1U);
    BOOST_TEST(counts.add("b") == 1U);
    BOOST_TEST(counts.add("c") == 1U);
    BOOST_TEST(counts.add("a") == 2U);
    BOOST_TEST(counts.add("d") == 1U);
    BOOST_TEST(counts.size() == 3U);
    BOOST_TEST(counts.add("a") == 3U, "it was asked for just now");
    BOOST_TEST(counts.add("b") == 1U, "it was forgotten for the newest");
}

BOOST_AUTO_TEST_SUITE_END()
