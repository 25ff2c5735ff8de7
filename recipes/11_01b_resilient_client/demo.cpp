#include "demo.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <string>
#include <utility>
#include <vector>

#include "common/cli/demo.hpp"
#include "flaky.hpp"
#include "resilient_client.hpp"

namespace cookbook::resilient_client {
namespace {

void print(const std::string& what, const Result& result) {
    if (!result) {
        fmt::print("{:<28} {}\n", what, result.error().reason);
        return;
    }
    const bool is_from_cache = result->cache != CacheUse::miss;
    fmt::print("{:<28} {}, attempts: {}{}\n", what, result->status, result->attempts,
               is_from_cache ? ", from the cache" : "");
}

asio::awaitable<void> show(std::string server) {
    Client client;
    print("GET /flaky/2", co_await client.fetch({.url = server + "/flaky/2"}));
    print("POST /flaky/1",
          co_await client.fetch({.method = "POST", .url = server + "/flaky/1?key=order"}));
    print("GET /drop", co_await client.fetch({.url = server + "/drop"}));
    print("GET /cache/60", co_await client.fetch({.url = server + "/cache/60"}));
    print("GET /cache/60, again", co_await client.fetch({.url = server + "/cache/60"}));
    print("GET /etag", co_await client.fetch({.url = server + "/etag"}));
    print("GET /etag, again", co_await client.fetch({.url = server + "/etag"}));

    const std::vector<Request> requests(100, {.url = server + "/bytes/100"});
    const std::vector<Result> results = co_await client.fetch_all(requests, 50);
    fmt::print("{:<28} {} results\n", "100 times GET /bytes/100", results.size());

    Client careful({.retry = {.max_retries = 0}, .breaker = {.max_failures = 2}});
    for (int i = 0; i < 3; ++i) {
        print("GET /status/500", co_await careful.fetch({.url = server + "/status/500"}));
    }
    const Statistics done = client.statistics();
    fmt::print("{} requests on {} connections, {} retries\n", done.requests, done.connections,
               done.retries);
}

}  // namespace

asio::awaitable<void> demo() {
    spdlog::set_level(spdlog::level::warn);  // 100 lines of the server's would hide the client's
    co_await show_web_server(
        [](tcp::acceptor acceptor) { return serve_flaky(std::move(acceptor), {}); }, show);
}

}  // namespace cookbook::resilient_client
