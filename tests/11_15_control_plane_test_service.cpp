// 11.15 Control plane: the whole service, as its clients meet it.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "11_06_xml_rpc/json/json.hpp"
#include "11_06_xml_rpc/proxy.hpp"
#include "11_15_control_plane/client.hpp"
#include "11_15_control_plane/control_plane.hpp"
#include "11_15_control_plane/data_folder.hpp"
#include "11_15_control_plane/store.hpp"
#include "11_15_control_plane_events.hpp"
#include "common/async/task_group.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::control_plane;

namespace {

/// Has a port that only a listener can share (SO_REUSEADDR). Until there is one, connecting to it
/// is refused.
tcp::socket hold_port(const asio::any_io_executor& executor) {
    tcp::socket holder(executor, tcp::v4());
    holder.set_option(tcp::socket::reuse_address(true));
    holder.bind({asio::ip::address_v4::loopback(), 0});
    return holder;
}

/// A server with a folder of its own, which may be started again on the same ports.
class WholeService {
public:
    explicit WholeService(const asio::any_io_executor& executor)
        : rest_port_(hold_port(executor)), rpc_port_(hold_port(executor)), group_(executor) {
        make_data_folder(options_.data);
    }

    asio::awaitable<void> start() { group_.spawn(serve(co_await open_doors(options_), options_)); }
    asio::awaitable<void> end() {
        group_.cancel();
        co_await group_.join();
    }

    [[nodiscard]] Remote remote() const {
        return {"http://127.0.0.1:" + std::to_string(options_.address.port),
                options_.data / "admin.key"};
    }
    [[nodiscard]] std::string rpc_url() const {
        return "https://localhost:" + std::to_string(options_.rpc_port);
    }
    [[nodiscard]] tls::ClientOptions certificate(const std::string& name) const {
        const auto file = certify(options_.data, name);
        return {.cacert = options_.data / "ca.pem", .cert = file, .key = file};
    }

    /// Whose connection is not the server's.
    [[nodiscard]] std::unique_ptr<Connection> open_store() const {
        return open_log((options_.data / "ipam.db").string());
    }

private:
    TemporaryFolder folder_;
    tcp::socket rest_port_;
    tcp::socket rpc_port_;
    ServerOptions options_ = {.address = {.port = rest_port_.local_endpoint().port()},
                              .rpc_port = rpc_port_.local_endpoint().port(),
                              .data = folder_.path() / "data",
                              .sweep = 1ms};
    TaskGroup group_;
};

Question new_pool() {
    return {
        .method = "POST", .path = "/v1/pools", .body = {{"name", "lab"}, {"cidr", "192.0.2.0/29"}}};
}

Question new_lease(const std::string& owner) {
    return {.method = "POST", .path = "/v1/pools/lab/leases", .body = {{"owner", owner}}};
}

/// The watcher of the command line, and what it prints.
class Watcher {
public:
    Watcher(const asio::any_io_executor& executor, Remote remote) : group_(executor) {
        group_.spawn(until_cancelled(print_events(std::move(remote), {.since = 0}, said_.file())));
    }

    /// The line with this number, the first is 1. Waits for it.
    asio::awaitable<std::string> line(std::ptrdiff_t number) {
        co_await until([&] { return lines() >= number; },
                       "line " + std::to_string(number) + " of a watcher");
        std::istringstream text(said_.text());
        std::string line;
        for (std::ptrdiff_t i = 0; i < number; ++i) {
            std::getline(text, line);
        }
        co_return line;
    }
    /// How many there are.
    [[nodiscard]] std::ptrdiff_t lines() const { return std::ranges::count(said_.text(), '\n'); }
    asio::awaitable<void> end() {
        group_.cancel();
        co_await group_.join();
    }

private:
    Output said_;
    TaskGroup group_;
};

bool tells(const std::string& line, const std::string& event) {
    return line.find('"' + event + '"') != line.npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_service)

ASYNC_TEST_CASE(all_ways_lead_to_the_same_leases) {
    WholeService service(co_await this_coro::executor);
    co_await service.start();
    Watcher watcher(co_await this_coro::executor, service.remote());
    co_await control_plane::ask(service.remote(), new_pool());
    co_await control_plane::ask(service.remote(), new_lease("node-1"));
    {
        xml_rpc::Proxy proxy(service.rpc_url(), {.tls = service.certificate("node-1")});
        const auto lease = co_await proxy.call("ipam.lookup", "192.0.2.1");
        BOOST_TEST(tells(xml_rpc::to_json(lease), "node-1"), xml_rpc::to_json(lease));
        co_await proxy.call("ipam.release", "192.0.2.1", "node-1");
    }
    BOOST_TEST(tells(co_await watcher.line(2), "pool.created"));
    BOOST_TEST(tells(co_await watcher.line(4), "lease.released"));
    BOOST_TEST(co_await control_plane::ask(service.remote(), {.path = "/v1/leases"}) == "");
    co_await watcher.end();
    co_await service.end();
}

ASYNC_TEST_CASE(leases_end_by_themselves) {
    WholeService service(co_await this_coro::executor);
    co_await service.start();
    co_await control_plane::ask(service.remote(), new_pool());
    Watcher watcher(co_await this_coro::executor, service.remote());
    const auto store = service.open_store();
    for (const int line : {4, 6}) {
        constexpr std::int64_t long_ago = 1'000'000'000;
        allocate(*store, {.pool = "lab", .owner = "dead", .ttl = 1}, long_ago);
        const std::string event = co_await watcher.line(line);
        BOOST_TEST(tells(event, "lease.expired"), event);
    }
    co_await watcher.end();
    co_await service.end();
}

ASYNC_TEST_CASE(a_watcher_comes_back_to_a_server_that_does) {
    WholeService service(co_await this_coro::executor);
    co_await service.start();
    const Log log;
    Watcher watcher(co_await this_coro::executor, service.remote());
    co_await control_plane::ask(service.remote(), new_pool());
    co_await watcher.line(2);
    co_await service.end();
    while (count_of("coming back", log.text()) < 2) {  // it has tried in vain
        co_await advance(20ms);
    }
    co_await service.start();
    while (watcher.lines() < 3) {
        co_await advance(20ms);
    }
    BOOST_TEST(co_await watcher.line(3) == R"({"event":"ready","seq":1})");
    co_await control_plane::ask(service.remote(), new_lease("node-1"));
    const std::string event = co_await watcher.line(4);
    BOOST_TEST(tells(event, "lease.held"), event);
    co_await watcher.end();
    co_await service.end();
}

BOOST_AUTO_TEST_SUITE_END()
