// What a GET costs a client that has 500 of them at once over 50 connections, and what a hit in its
// cache costs: CPU time and, if valgrind and strace are installed, user instructions and system
// calls. Each client is a process of its own, and so is the server. libcurl, aiohttp and
// CacheControl are Debian's; what is not installed is left out.
#include <benchmark/benchmark.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <stdexcept>
#include <string>
#include <vector>

#include "11_01b_resilient_client/resilient_client.hpp"
#include "common/async/asio.hpp"
#include "common/cli/run.hpp"
#include "support/clients.hpp"
#include "support/comparison.hpp"
#include "support/http_origin.hpp"
#include "support/listening.hpp"
#ifdef HAVE_CURL
#include "peers/11_01b_resilient_client_multi.hpp"
#endif

namespace {

using namespace cookbook;
using benchmarks::content_size;
using benchmarks::in_this_program;
using benchmarks::python_client;
using benchmarks::Stopwatch;

constexpr std::size_t concurrency = 500;
constexpr std::size_t connections = 50;
constexpr int gets = 5000;  // in a round
constexpr int hits = 2000;

/// The response as one that was made now, and may be cached for an hour.
void be_cacheable_origin(std::uint16_t port) {
    std::string response = benchmarks::origin_response();
    const std::size_t date = response.find("Date: ");
    response.replace(
        date, response.find("\r\n", date) - date,
        fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\nCache-Control: max-age=3600",
                    fmt::gmtime(std::time(nullptr))));
    benchmarks::be_origin(port, response);
}

// --- The clients ---------------------------------------------------------------------------------

void check(const resilient_client::Result& result) {
    if (!result || result->content.size() != content_size) {
        throw std::runtime_error("a response is not complete");
    }
}

asio::awaitable<void> get_many(resilient_client::Client& client, std::string url, int count) {
    const std::vector<resilient_client::Request> requests(static_cast<std::size_t>(count),
                                                          {.url = url});
    const auto results = co_await client.fetch_all(requests, concurrency);
    std::ranges::for_each(results, check);
}

asio::awaitable<void> be_ours(std::string url, int count) {
    resilient_client::Client client({.pool = {.max_per_origin = connections}, .cache = 0});
    co_await get_many(client, url, concurrency);
    const Stopwatch stopwatch;
    co_await get_many(client, url, count);
    stopwatch.report();
}

asio::awaitable<void> be_our_cache(std::string url, int count) {
    resilient_client::Client client;
    check(co_await client.fetch({.url = url}));
    const Stopwatch stopwatch;
    while (count-- > 0) {
        const resilient_client::Result result = co_await client.fetch({.url = url});
        check(result);
    }
    stopwatch.report();
}

#ifdef HAVE_CURL
void be_libcurl(const std::string& url, int count) {
    libcurl::Multi multi(url, connections, concurrency);
    multi.get(concurrency, content_size);
    const Stopwatch stopwatch;
    multi.get(count, content_size);
    stopwatch.report();
}
#endif

/// One of the clients in this program.
void be_client(const std::string& name, std::uint16_t port, int count) {
    const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
    if (name == "ours") {
        run(be_ours(url, count));
    } else if (name == "our cache") {
        run(be_our_cache(url, count));
    }
#ifdef HAVE_CURL
    if (name == "libcurl multi") {
        be_libcurl(url, count);
    }
#endif
}

const std::vector<benchmarks::Client> many_at_once = {
#ifdef HAVE_CURL
    in_this_program("libcurl multi"),
#endif
    python_client("aiohttp", "11_01b_resilient_client_aiohttp.py", content_size),
    in_this_program("ours"),
};

const std::vector<benchmarks::Client> from_a_cache = {
    python_client("CacheControl", "11_01b_resilient_client_cachecontrol.py", content_size),
    in_this_program("our cache"),
};

}  // namespace

/// The benchmark; or, as `client NAME PORT COUNT`, one of its clients.
int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    if (benchmarks::be_client_if_asked(argc, argv, be_client)) {
        return 0;
    }
    const benchmarks::ListeningServer server(benchmarks::be_http_origin);
    const benchmarks::ListeningServer cacheable(be_cacheable_origin);
    benchmarks::compare("GET, 500 at once", benchmarks::measured(many_at_once, server.port(), gets),
                        {"libcurl multi", "aiohttp"});
    benchmarks::compare("hit", benchmarks::measured(from_a_cache, cacheable.port(), hits),
                        {"CacheControl"});
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
