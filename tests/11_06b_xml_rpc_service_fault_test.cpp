// 11.6b XML-RPC service: every fault of the network, both ways.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_06_xml_rpc/proxy.hpp"
#include "11_06b_xml_rpc_service/xml_rpc_service.hpp"
#include "11_06b_xml_rpc_service_callers.hpp"
#include "support/fault_table.hpp"
#include "support/running_server.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

using std::chrono::milliseconds;

asio::awaitable<bool> call_many(tcp::endpoint server, milliseconds limit) {
    xml_rpc::Proxy proxy("http://" + to_string(server) + "/RPC2",
                         {.connect_timeout = limit, .read_timeout = limit});
    const Array calls = {call_of("calculator.add", {2, 3}), call_of("none"),
                         call_of("string.reverse", {"abc"})};
    const Value outcomes = co_await proxy.call_with("system.multicall", multicall_of(calls));
    co_return xml_rpc::to_json(outcomes) ==
        R"([[5],{"faultCode":-32601,"faultString":"no method none"},["cba"]])";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc_service_faults)

ASYNC_TEST_CASE(survives_every_fault) {
    xml_rpc_service::Service service({.limits = {{.idle_timeout = 20s}},
                                      .access = {.rate = {.rate = 1'000'000, .burst = 1'000'000}}});
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return service.serve(std::move(acceptor));
    });
    co_await survive_faults(server.endpoint(), {.request_size = 1000, .reply_size = 590},
                            call_many);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
