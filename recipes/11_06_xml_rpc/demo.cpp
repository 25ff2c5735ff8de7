#include "demo.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "common/cli/demo.hpp"
#include "json/json.hpp"
#include "xml_rpc.hpp"

namespace cookbook::xml_rpc {
namespace {

std::string arguments_of(const Array& params) {
    std::string text;
    for (const Value& param : params) {
        text += (text.empty() ? "" : ", ") + to_json(param);
    }
    return text;
}

asio::awaitable<void> show_store(std::string url) {
    constexpr int width = 28;
    Proxy proxy(url);
    co_await show_call(proxy, "set", {"foo", "bar"}, width);
    co_await show_call(proxy, "set", {"spam", Array{1, 2.5, "three"}}, width);
    co_await show_call(proxy, "keys", {}, width);
    co_await show_call(proxy, "get", {"spam"}, width);
    co_await show_call(proxy, "delete", {"spam"}, width);
    co_await show_call(proxy, "get", {"spam"}, width);
    co_await show_call(proxy, "exists", {1}, width);
    co_await show_call(proxy, "clear", {}, width);
}

}  // namespace

asio::awaitable<void> demo() {
    co_await show_web_server(
        [](tcp::acceptor acceptor) { return serve_store(std::move(acceptor), {}); }, show_store);
}

asio::awaitable<void> show_call(Proxy& proxy, std::string method, Array params, int width) {
    const std::string call = fmt::format("{}({})", method, arguments_of(params));
    std::string outcome;
    try {
        const Value result = co_await proxy.call_with(std::move(method), std::move(params));
        outcome = to_json(result);
    } catch (const Fault& fault) {
        outcome = fault.what();
    }
    fmt::print("{:<{}} {}\n", call, width, outcome);
}

}  // namespace cookbook::xml_rpc
