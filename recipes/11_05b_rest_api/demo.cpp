#include "demo.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "client.hpp"
#include "common/cli/demo.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/tcp.hpp"
#include "keys.hpp"
#include "rest_api.hpp"

namespace cookbook::rest_api {
namespace {

asio::awaitable<void> show_call(HostPort server, Call call) {
    fmt::print("{} {}{}{}\n", call.method, call.path, call.body.empty() ? "" : " " + call.body,
               call.if_match ? " If-Match: " + *call.if_match : "");
    try {
        const std::string body = co_await send(std::move(server), std::move(call));
        fmt::print("  {}\n", body);
    } catch (const std::runtime_error& refusal) {
        fmt::print("  {}\n", refusal.what());
    }
}

asio::awaitable<void> show_all(HostPort server, std::string key) {
    const std::string tea = R"({"name":"Tea","price":4.5})";
    const std::string wrong = R"({"name":"","price":1.999,"colour":"red"})";
    co_await show_call(server, {"POST", "/products", {}, tea});
    co_await show_call(server, {"POST", "/products", {}, tea, key});
    co_await show_call(server, {"POST", "/products", {}, wrong, key});
    co_await show_call(server, {"PATCH", "/products/1", {}, R"({"stock":3})", key, "\"1\""});
    co_await show_call(server, {"PATCH", "/products/1", {}, R"({"stock":9})", key, "\"1\""});
    co_await show_call(server, {.path = "/products", .parameters = {{"max_price", "5"}}});
}

}  // namespace

asio::awaitable<void> demo() {
    const TemporaryFolder folder;
    Options options;
    options.database.url = folder.file("demo.db");
    const std::string key = add_key(*open_database(options.database.url), {"demo", Role::admin});
    Database database(options.database);
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    const HostPort address{.port = acceptor.local_endpoint().port()};
    co_await show_beside(serve(std::move(acceptor), database, options), show_all(address, key));
}

}  // namespace cookbook::rest_api
