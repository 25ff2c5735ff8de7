// Recipe 11.1b on networks that are slow, stall, reset, half-close and cut.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_01_http_client/hop.hpp"
#include "11_01_http_client/request_head.hpp"
#include "11_01_http_client_server.hpp"
#include "11_01b_resilient_client/resilient_client.hpp"
#include "support/async_case.hpp"
#include "support/fault_table.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::resilient_client;
using namespace cookbook::testing;

const std::string content(2'000, 'b');

Request request_to(tcp::endpoint server) {
    return {.url = "http://" + to_string(server) + "/",
            .fields = {{"Host", "test"}, {"Connection", "close"}}};
}

/// One attempt: what a fault does to it must be seen.
asio::awaitable<bool> get(tcp::endpoint server, std::chrono::milliseconds limit) {
    Client client({.pool = {.timeout = limit}, .retry = {.max_retries = 0}});
    const Result result = co_await client.fetch(request_to(server));
    co_return result.value().content == content;
}

/// Two attempts, of which the second meets the same fault.
asio::awaitable<bool> get_again(tcp::endpoint server, std::chrono::milliseconds limit) {
    Client client({.pool = {.timeout = limit / 2}, .retry = {.max_retries = 1, .backoff = 0s}});
    const Result result = co_await client.fetch(request_to(server));
    co_return result.value().content == content;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resilient_client_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    for (const auto& exchange : {get, get_again}) {
        ScriptedServer server(co_await this_coro::executor, {{ok(content)}});
        const Request request = request_to(server.endpoint());
        const std::string head = compose_head(request, http_client::first_hop(request),
                                              http_client::Options().fields, "", {});
        co_await survive_faults(server.endpoint(),
                                {.request_size = head.size(), .reply_size = ok(content).size()},
                                exchange);
        co_await server.end();
    }
}

BOOST_AUTO_TEST_SUITE_END()
