// 11.4b CIDR manager: every fault of the network, both ways. The client asks for a network with a
// token: however often a connection breaks, it gets the same one.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_04b_cidr_manager/client.hpp"
#include "11_04b_cidr_manager_server.hpp"
#include "support/fault_table.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::cidr_manager;
using namespace cookbook::cidr_manager::testing;
using namespace cookbook::testing;

namespace {

const std::string response =
    R"({"result":{"network":"10.0.0.0/25","pool":"10.0.0.0/8","owner":"bob"}})"
    "\n";

const std::string token_request =
    R"({"op":"allocate","pool":"10.0.0.0/8","hosts":100,"owner":"bob","request":"r1"})";

asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    const Output output;
    co_await send_requests({"127.0.0.1", server.port()}, {token_request}, -1, output.file(), limit);
    co_return output.text() == response;
}

asio::awaitable<bool> exchange_one(tcp::endpoint server, std::chrono::milliseconds limit) {
    const boost::json::value result = co_await call(
        {"127.0.0.1", server.port()},
        {{"op", "allocate"}, {"pool", "10.0.0.0/8"}, {"hosts", 2}, {"request", "r2"}}, limit);
    co_return result.at("network") == "10.0.0.128/30" || result.at("network") == "10.0.0.0/30";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cidr_manager_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    PlanServer server(co_await this_coro::executor, {.limits = {.idle_timeout = 20s}});
    const FaultTable table{.request_size = token_request.size() + 1, .reply_size = response.size()};
    co_await survive_faults(server.server().endpoint(), table, exchange);
    co_await survive_faults(server.server().endpoint(), {.request_size = 65, .reply_size = 71},
                            exchange_one);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
