#include "demo.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "11_06_xml_rpc/proxy.hpp"
#include "11_14_websocket/client_run.hpp"
#include "client.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/demo.hpp"
#include "common/cli/temporary_folder.hpp"
#include "control_plane.hpp"
#include "data_folder.hpp"

namespace cookbook::control_plane {
namespace {

constexpr int requests_of_a_node = 4;

/// The ways into the server of the demo.
struct Scene {
    Remote rest;
    websocket::Target events;
    std::string rpc;
    tls::ClientOptions certificate;
};

Scene make_scene(const Doors& doors, const std::filesystem::path& data) {
    make_data_folder(data);
    const std::string certificate = certify(data, "node-2");
    const std::string rest = to_string(doors.rest.local_endpoint());
    return {.rest = {.url = "http://" + rest, .key_file = data / "admin.key"},
            .events = websocket::parse_target("ws://" + rest + "/v1/events?since=0"),
            .rpc = "https://" + to_string(doors.rpc.local_endpoint()),
            .certificate = {.cacert = data / "ca.pem", .cert = certificate, .key = certificate}};
}

/// Prints an event, and returns its name.
std::string print_event(std::string_view text) {
    const boost::json::object event = boost::json::parse({text.data(), text.size()}).as_object();
    const auto member = [&](std::string_view name) {
        const auto* value = event.if_contains({name.data(), name.size()});
        return value ? std::string(value->as_string()) : "";
    };
    std::string line =
        fmt::format("  {:>2} {:<13} {:<10} {}", event.at("seq").to_number<std::int64_t>(),
                    member("event"), member("address"), member("owner"));
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
    return member("event");
}

/// The watcher: prints what happens, until the dead node's leases have expired.
asio::awaitable<void> watch(websocket::Connection& peer, std::string key) {
    const boost::json::object greeting = {{"key", std::move(key)}};
    peer.send(websocket::Opcode::text, boost::json::serialize(greeting));
    for (int expired = 0; expired < requests_of_a_node && co_await peer.wait();) {
        while (const auto message = peer.next()) {
            expired += print_event(message->data) == "lease.expired" ? 1 : 0;
        }
    }
}

asio::awaitable<void> run_watcher(Scene scene) {
    const std::string key = read_key(scene.rest.key_file);
    const websocket::Talk talk = [&](websocket::Connection& peer) { return watch(peer, key); };
    co_await websocket::run_client(scene.events, {}, {}, talk);
}

asio::awaitable<void> allocate_over_rest(Remote rest) {
    co_await ask(rest, {.method = "POST",
                        .path = "/v1/pools/lab/leases",
                        .body = {{"owner", "node-1"}},
                        .counts_once = true});
}

asio::awaitable<void> allocate_over_rpc(xml_rpc::Proxy& proxy) {
    xml_rpc::Struct options = {{"ttl", 1}};
    co_await proxy.call<void>("ipam.allocate", "lab", "node-2", std::move(options));
}

/// Eight requests, of which the server may take any one first.
asio::awaitable<void> allocate_at_once(Scene scene) {
    xml_rpc::Proxy proxy(scene.rpc, {.tls = scene.certificate});
    TaskGroup group(co_await this_coro::executor);
    for (int i = 0; i < requests_of_a_node; ++i) {
        group.spawn(allocate_over_rest(scene.rest));
        group.spawn(allocate_over_rpc(proxy));
    }
    co_await group.join();
}

asio::awaitable<void> show_scene(Scene scene) {
    fmt::print("a pool:\n");
    fmt::print("  {}", co_await ask(scene.rest, {.method = "POST",
                                                 .path = "/v1/pools",
                                                 .body = {{"name", "lab"},
                                                          {"cidr", "192.0.2.0/28"},
                                                          {"reserved", {"192.0.2.1"}}}}));
    fmt::print("\ntwo nodes ask four times each, at once; then node-2 dies. A watcher sees:\n");
    TaskGroup group(co_await this_coro::executor);
    group.spawn(run_watcher(scene));
    group.spawn(allocate_at_once(scene));
    co_await group.join();
    fmt::print("\nwhat is held now:\n");
    fmt::print("{}", co_await ask(scene.rest, {.path = "/v1/leases"}));
}

}  // namespace

asio::awaitable<void> demo() {
    spdlog::set_level(spdlog::level::warn);  // what the server would log, the watcher says
    const TemporaryFolder folder;
    const ServerOptions options = {
        .address = {.port = 0}, .rpc_port = 0, .data = folder.path() / "ipam-data", .sweep = 100ms};
    Doors doors = co_await open_doors(options);
    Scene scene = make_scene(doors, options.data);
    fmt::print("listening on {}\n", to_string(doors.rest.local_endpoint()));
    fmt::print("xml-rpc on {}\n\n", to_string(doors.rpc.local_endpoint()));
    co_await show_beside(serve(std::move(doors), options), show_scene(std::move(scene)));
}

}  // namespace cookbook::control_plane
