// 11.6 XML-RPC: every fault of the network, both ways.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_06_xml_rpc/xml_rpc.hpp"
#include "support/fault_table.hpp"
#include "support/running_server.hpp"

using namespace cookbook;
using namespace cookbook::xml_rpc;
using namespace cookbook::testing;

namespace {

using std::chrono::milliseconds;

asio::awaitable<bool> set_and_get(tcp::endpoint server, milliseconds limit) {
    Proxy proxy("http://" + to_string(server), {.connect_timeout = limit, .read_timeout = limit});
    co_await proxy.call("set", "spam", Array{1, 2.5, "three"});
    const Value value = co_await proxy.call("get", "spam");
    co_return value == Value(Array{1, 2.5, "three"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc_faults)

ASYNC_TEST_CASE(survives_every_fault) {
    RunningServer server(co_await this_coro::executor, {}, [](tcp::acceptor acceptor) {
        return serve_store(std::move(acceptor), {.limits = {{.idle_timeout = 20s}}});
    });
    co_await survive_faults(server.endpoint(), {.request_size = 800, .reply_size = 700},
                            set_and_get);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
