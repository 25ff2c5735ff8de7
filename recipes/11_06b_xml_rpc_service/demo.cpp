#include "demo.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "11_06_xml_rpc/demo.hpp"
#include "11_06_xml_rpc/json/json.hpp"
#include "11_06_xml_rpc/proxy.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/tcp.hpp"
#include "xml_rpc_service.hpp"

namespace cookbook::xml_rpc_service {
namespace {

using xml_rpc::Proxy;

/// A text, and a link that leads out of the folder.
void fill(const std::filesystem::path& folder) {
    std::ofstream(folder / "notes.txt") << "Hello\n";
    std::filesystem::create_symlink("/etc", folder / "out");
}

Struct call_of(const std::string& method, Array params) {
    return {{"methodName", method}, {"params", std::move(params)}};
}

asio::awaitable<void> show_multicall(Proxy& proxy) {
    Array calls = {call_of("calculator.add", {2, 3}), call_of("calculator.divide", {1, 0}),
                   call_of("file.list", {})};
    fmt::print("three calls in one request:\n");
    const Value outcomes = co_await proxy.call("system.multicall", Value(std::move(calls)));
    for (const Value& outcome : *outcomes.get_if<Array>()) {
        fmt::print("  {}\n", xml_rpc::to_json(outcome));
    }
}

asio::awaitable<void> show_callers(std::string url) {
    constexpr int width = 38;
    fmt::print("anybody:\n");
    Proxy anybody(url);
    co_await show_call(anybody, "calculator.multiply", {6, 7}, width);
    co_await show_call(anybody, "string.reverse", {"Zoë"}, width);
    co_await show_call(anybody, "system.methodSignature", {"system.echo"}, width);
    co_await show_call(anybody, "file.list", {}, width);
    co_await show_multicall(anybody);

    fmt::print("guido, who has the role admin:\n");
    Proxy guido(url, {.credentials = http_client::Credentials{"guido", "peekaboo"}});
    co_await show_call(guido, "file.list", {}, width);
    co_await show_call(guido, "file.list", {"out"}, width);
    co_await show_call(guido, "file.list", {"../.."}, width);
    co_await show_call(guido, "system.shutdown", {}, width);
}

}  // namespace

asio::awaitable<void> demo() {
    const TemporaryFolder folder;
    fill(folder.path());
    const User guido = {.roles = {std::string(admin)}, .password = hash_password("peekaboo")};
    ServiceOptions options = {.root = folder.path()};
    options.access.users = Users::parse(user_line("guido", guido));
    Service service(std::move(options));

    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    const std::string address = to_string(acceptor.local_endpoint());
    fmt::print("listening on {}\n", address);
    TaskGroup group(acceptor.get_executor());
    group.spawn(service.serve(std::move(acceptor)));
    group.spawn(show_callers("http://" + address));
    co_await group.join();  // the last call has ended the server
}

}  // namespace cookbook::xml_rpc_service
