// 11.15 Control plane: every fault of the network, both ways.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "11_15_control_plane/client.hpp"
#include "11_15_control_plane_rest.hpp"
#include "common/async/within.hpp"
#include "common/cli/new_file.hpp"
#include "support/fault_table.hpp"
#include "support/http_server.hpp"

using namespace cookbook;
using namespace cookbook::control_plane;
using namespace cookbook::testing;

namespace {

using std::chrono::milliseconds;

/// A server over loopback, and the file with its key.
class Loopback {
public:
    explicit Loopback(const asio::any_io_executor& executor)
        : rest(folder_.file("ipam.db")),
          server(executor, rest.application, {{.idle_timeout = 20s}}) {
        NewFile key(key_file());
        key.write("secret\n");
        key.commit();
    }

    [[nodiscard]] Remote through(const tcp::endpoint& way) const {
        return {"http://" + cookbook::to_string(way), key_file()};
    }

private:
    [[nodiscard]] std::string key_file() const { return folder_.file("admin.key"); }
    TemporaryFolder folder_;

public:
    Rest rest;
    HttpServer server;
};

Question allocation(const std::string& owner) {
    return {.method = "POST",
            .path = "/v1/pools/lan/leases",
            .body = {{"owner", owner}},
            .counts_once = true};
}

/// Takes an address and gives it back within the limit. What a fault does to the network is no
/// fault of the program.
asio::awaitable<bool> take_one(const Loopback& loopback, tcp::endpoint way, milliseconds limit) {
    const std::string line =
        co_await within(limit, control_plane::ask(loopback.through(way), allocation("a")));
    co_return line.starts_with(R"({"address":"10.)") && line.ends_with("}\n");
}

asio::awaitable<bool> show_pool(const Loopback& loopback, tcp::endpoint way, milliseconds limit) {
    const std::string line = co_await within(
        limit, control_plane::ask(loopback.through(way), {.path = "/v1/pools/lan"}));
    co_return line.starts_with(R"({"name":"lan","cidr":"10.0.0.0/8",)") && line.ends_with("}\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_faults)

ASYNC_TEST_CASE(survives_every_fault) {
    Loopback loopback(co_await this_coro::executor);
    co_await loopback.rest.post("/v1/pools", R"({"name":"lan","cidr":"10.0.0.0/8"})");
    const Exchange take = [&](tcp::endpoint way, milliseconds limit) {
        return take_one(loopback, way, limit);
    };
    co_await survive_faults(loopback.server.endpoint(), {.request_size = 300, .reply_size = 290},
                            take);
    const Exchange show = [&](tcp::endpoint way, milliseconds limit) {
        return show_pool(loopback, way, limit);
    };
    co_await survive_faults(loopback.server.endpoint(), {.request_size = 190, .reply_size = 280},
                            show);
    co_await loopback.server.end();
}

/// A server that does what it is asked, and whose first response is lost.
ASYNC_TEST_CASE(an_allocation_whose_response_is_lost_counts_once) {
    Loopback loopback(co_await this_coro::executor);
    co_await loopback.rest.post("/v1/pools", R"({"name":"lan","cidr":"10.0.0.0/8"})");
    int calls = 0;
    const http::Application losing =
        [&](http::Request& request) -> asio::awaitable<http::Response> {
        http::Response response = co_await http::respond(loopback.rest.application, request).wait();
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
    const std::string line =
        co_await control_plane::ask(loopback.through(server.endpoint()), allocation("a"));
    BOOST_TEST(calls == 2, "the connection has broken, so the client tries once more");
    BOOST_TEST(line.starts_with(R"({"address":"10.0.0.1")"), line);
    BOOST_TEST(addresses_of(co_await loopback.rest.get("/v1/leases")) == "10.0.0.1",
               "the second attempt has taken a second address: its key must be that of the first");
    co_await server.end();
    co_await loopback.server.end();
}

ASYNC_TEST_CASE(a_removal_whose_body_is_malformed_is_not_made) {
    Loopback loopback(co_await this_coro::executor);
    co_await loopback.rest.post("/v1/pools", R"({"name":"lan","cidr":"10.0.0.0/8"})");
    const std::string response =
        co_await exchange(loopback.server.endpoint(),
                          "DELETE /v1/pools/lan HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret"
                          "\r\nX-Request-Id: mine\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx");
    BOOST_TEST(status_of(response) == "400");
    for (const char* field :
         {"Content-Type: application/problem+json\r\n", "X-Request-Id: mine\r\n"}) {
        BOOST_TEST(response.find(field) != response.npos, in_quotes(response));
    }
    BOOST_TEST((co_await loopback.rest.get("/v1/pools/lan")).status == 200,
               "the client was told that its request is malformed, and the pool is gone");
    co_await loopback.server.end();
}

BOOST_AUTO_TEST_SUITE_END()
