// 11.5 REST interface: every fault of the network, both ways.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "11_05_rest_interface/client.hpp"
#include "11_05_rest_interface/rest_interface.hpp"
#include "support/fault_table.hpp"
#include "support/http_server.hpp"

using namespace cookbook;
using namespace cookbook::rest_interface;
using namespace cookbook::testing;

namespace {

using std::chrono::milliseconds;

asio::awaitable<std::string> fetch_from(tcp::endpoint server, std::string target,
                                        milliseconds limit) {
    return fetch({server.address().to_string(), server.port()}, std::move(target), limit);
}

asio::awaitable<bool> greet(tcp::endpoint server, milliseconds limit) {
    const std::string page = co_await fetch_from(server, "/hello?name=Guido", limit);
    co_return page == "<html><body><h1>Hello Guido!</h1></body></html>";
}

/// A chunked response: cut short, it lacks its last chunk.
asio::awaitable<bool> fetch_lines(tcp::endpoint server, milliseconds limit) {
    const std::string lines = co_await fetch_from(server, "/lines/100", limit);
    co_return lines.size() == 290 && lines.ends_with("99\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_interface_faults)

ASYNC_TEST_CASE(survives_every_fault) {
    asio::thread_pool pool(1);
    HttpServer server(co_await this_coro::executor, make_dispatcher(pool), {{.idle_timeout = 20s}});
    co_await survive_faults(server.endpoint(), {.request_size = 83, .reply_size = 190}, greet);
    co_await survive_faults(server.endpoint(), {.request_size = 78, .reply_size = 450},
                            fetch_lines);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
