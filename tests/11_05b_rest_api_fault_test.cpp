// 11.5b REST API on a database: every fault of the network, both ways.
#include <boost/algorithm/string/replace.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "11_05b_rest_api/client.hpp"
#include "11_05b_rest_api/rest_api.hpp"
#include "11_05b_rest_api_service.hpp"
#include "common/async/within.hpp"
#include "support/fault_table.hpp"
#include "support/http_server.hpp"

using namespace cookbook;
using namespace cookbook::rest_api;
using namespace cookbook::testing;

namespace {

using std::chrono::milliseconds;

const std::string tea = R"({"name":"Tea","price":4.5})";

/// Sends a call within the limit. What a fault does to the network is no fault of the program.
asio::awaitable<std::string> send_within(tcp::endpoint server, Call call, milliseconds limit) {
    co_return co_await within(limit,
                              send({server.address().to_string(), server.port()}, std::move(call)));
}

asio::awaitable<bool> read_one(tcp::endpoint server, milliseconds limit) {
    const std::string body = co_await send_within(server, {.path = "/products/1"}, limit);
    co_return body.starts_with(R"({"id":1,"name":"Tea","price":4.5,)") && body.ends_with("}");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_api_faults)

ASYNC_TEST_CASE(survives_every_fault) {
    const TemporaryFolder folder;
    const Service service(folder.file("rest_api.db"));
    co_await service.post("/products", tea);
    HttpServer server(co_await this_coro::executor, service.application, {{.idle_timeout = 20s}});
    co_await survive_faults(server.endpoint(), {.request_size = 160, .reply_size = 330}, read_one);
    const auto create = [&](tcp::endpoint endpoint, milliseconds limit) -> asio::awaitable<bool> {
        const Call call{"POST", "/products", {}, tea, service.admin};
        const std::string body = co_await send_within(endpoint, call, limit);
        co_return body.find(R"("name":"Tea","price":4.5,)") != std::string::npos;
    };
    co_await survive_faults(server.endpoint(), {.request_size = 330, .reply_size = 350}, create);
    co_await server.end();
}

/// A proxy that passes the first request on and keeps its response to itself, then does nothing
/// more.
ASYNC_TEST_CASE(a_creation_whose_response_is_lost_counts_once) {
    const TemporaryFolder folder;
    const Service service(folder.file("rest_api.db"));
    int calls = 0;
    const http::Application losing =
        [&](http::Request& request) -> asio::awaitable<http::Response> {
        http::Response response = co_await http::respond(service.application, request).wait();
        if (++calls == 1) {
            response.body = http::StreamedBody{
                [](http::BodySink&) -> asio::awaitable<void> {
                    throw boost::system::system_error(asio::error::connection_reset);
                    co_return;
                },
                100};
        }
        co_return response;
    };
    HttpServer server(co_await this_coro::executor, losing);
    const std::string body =
        co_await send(server.address(), {"POST", "/products", {}, tea, service.admin});
    BOOST_TEST(calls == 2, "the connection has broken, so the client tries once more");
    BOOST_TEST(body.starts_with(R"({"id":1,)"), body);
    const Response all = co_await service.get("/products");
    BOOST_TEST(all.json().at("pagination").at("total").as_int64() == 1,
               "the second attempt has made a second row: its key must be that of the first");
    co_await server.end();
}

/// A server that has one response for all requests.
ASYNC_TEST_CASE(a_client_reads_no_list_without_an_end) {
    std::string body;
    std::string link;
    std::string type = "application/json";
    auto code = http::status::ok;
    const http::Application rogue = [&](http::Request&) -> http::ResponseFuture {
        http::Response response(code, type);
        response.data() = body;
        response.add(http::field::link, link);
        return response;
    };
    HttpServer server(co_await this_coro::executor, rogue);
    const auto list = [&]() -> asio::awaitable<std::string> {
        std::string error;
        try {
            co_await send_for_all(server.address(), {.path = "/products"}, "products");
        } catch (const std::exception& failure) {
            error = failure.what();
            boost::replace_all(error, to_string(server.address()), "PEER");
        }
        co_return error;
    };
    const std::string next = R"(</products?page=2>; rel="next")";
    body = R"({"products":[{"id":1}]})";
    BOOST_TEST(co_await list() == "");
    link = next;
    BOOST_TEST(co_await list() == "GET http://PEER/products?page=2: the pages have no end");
    body = R"({"products":[]})";
    BOOST_TEST(co_await list() == "GET http://PEER/products: the pages have no end");
    body = R"({"products":[{"id":1}]})";
    for (const char* elsewhere : {R"(<@other/p>; rel="next")", R"(<http://other/>; rel="next")"}) {
        link = elsewhere;
        BOOST_TEST(
            co_await list() == "GET http://PEER/products: the next page is on another server",
            elsewhere);
    }
    link.clear();
    for (const char* none : {"nonsense", "[]", "{}", R"({"products":7})"}) {
        body = none;
        BOOST_TEST(co_await list() == "GET http://PEER/products: not a page of products", none);
    }
    code = http::status::bad_request;
    type = "application/problem+json";
    body = R"({"detail":"Wrong.","errors":[7,{"pointer":"#/x","detail":"is wrong"}]})";
    BOOST_TEST(co_await list() == "400 Bad Request: Wrong. #/x: is wrong");
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_stays_on_its_server) {
    int elsewhere = 0;
    const http::Application counting = [&](http::Request&) {
        ++elsewhere;
        return http::Response(http::status::created, "application/json");
    };
    HttpServer other(co_await this_coro::executor, counting);
    const std::string location = "http://" + to_string(other.address()) + "/products";
    for (const auto code : {http::status::found, http::status::temporary_redirect,
                            http::status::permanent_redirect}) {
        HttpServer server(co_await this_coro::executor,
                          [&](http::Request&) -> http::ResponseFuture {
                              http::Response response(code);
                              response.add(http::field::location, location);
                              return response;
                          });
        BOOST_CHECK_THROW(
            co_await send(server.address(),
                          {.method = "POST", .path = "/products", .body = "{}", .key = "secret"}),
            std::runtime_error);
        co_await server.end();
    }
    BOOST_TEST(elsewhere == 0, "another server has been sent the key");
    co_await other.end();
}

ASYNC_TEST_CASE(a_malformed_body_is_a_problem_like_any_other) {
    const TemporaryFolder folder;
    const Service service(folder.file("rest_api.db"));
    HttpServer server(co_await this_coro::executor, service.application);
    for (const std::string target : {"GET /products", "GET /health", "POST /products", "GET /no"}) {
        const std::string response = co_await exchange(
            server.endpoint(),
            target + " HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\nX-API-Key: " + service.admin +
                "\r\nContent-Type: application/json"
                "\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx");
        BOOST_TEST(status_of(response) == (target == "GET /no" ? "404" : "400"), target);
        for (const char* field : {"Content-Type: application/problem+json\r\n",
                                  "X-Request-Id: mine\r\n", "Connection: close\r\n"}) {
            BOOST_TEST(response.find(field) != response.npos,
                       target << ": " << in_quotes(response));
        }
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_removal_whose_body_is_malformed_is_not_made) {
    const TemporaryFolder folder;
    const Service service(folder.file("rest_api.db"));
    co_await service.post("/products", tea);
    HttpServer server(co_await this_coro::executor, service.application);
    const std::string response = co_await exchange(
        server.endpoint(), "DELETE /products/1 HTTP/1.1\r\nHost: h\r\nX-API-Key: " + service.admin +
                               "\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx");
    BOOST_TEST(status_of(response) == "400");
    BOOST_TEST((co_await service.get("/products/1")).status == 200,
               "the client was told that its request is malformed, and the row is gone");
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
