// Recipe 11.1 on networks that are slow, stall, reset, half-close and cut.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_01_http_client/hop.hpp"
#include "11_01_http_client/http_client.hpp"
#include "11_01_http_client/request_head.hpp"
#include "11_01_http_client_server.hpp"
#include "support/async_case.hpp"
#include "support/fault_table.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::testing;

const std::string content(2'000, 'b');

/// A response whose body has a length, or comes in chunks.
std::string response_of(bool chunked) {
    return chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + content +
                         "\r\n0\r\n\r\n"
                   : ok(content);
}

Request request_to(tcp::endpoint server) {
    return {.url = "http://" + to_string(server) + "/",
            .fields = {{"Host", "test"}, {"Connection", "close"}}};
}

asio::awaitable<bool> get(tcp::endpoint server, std::chrono::milliseconds limit) {
    Session session({.read_timeout = limit});
    const Response response = co_await session.request(request_to(server));
    co_return response.content == content;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    for (const bool chunked : {false, true}) {
        const std::string response = response_of(chunked);
        ScriptedServer server(co_await this_coro::executor, {{response}});
        const std::string request =
            compose_head(request_to(server.endpoint()), first_hop(request_to(server.endpoint())),
                         Options().fields, "", {});
        co_await survive_faults(server.endpoint(),
                                {.request_size = request.size(), .reply_size = response.size()},
                                get);
        co_await server.end();
    }
}

BOOST_AUTO_TEST_SUITE_END()
