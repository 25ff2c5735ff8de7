// What a request costs a server with a database: its CPU time for each request that wrk sends, over
// SQLite; and how many rows a second it makes, each safe on the disk, over SQLite and PostgreSQL.
//
// wrk, Flask and PostgreSQL come from Debian; what is not there is left out.
#include <benchmark/benchmark.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "11_05_rest_interface/rest_interface.hpp"
#include "11_05b_rest_api/keys.hpp"
#include "11_05b_rest_api/rest_api.hpp"
#include "11_05b_rest_api/rows.hpp"
#include "11_05b_rest_api/transaction.hpp"
#include "common/cli/run.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/tcp.hpp"
#include "support/comparison.hpp"
#include "support/listening.hpp"
#include "support/postgresql.hpp"
#include "support/wrk.hpp"

namespace {

using namespace cookbook;
using Serve = std::function<void(std::uint16_t port)>;

/// Makes a thousand products, and a key, which it returns.
std::string fill(const std::string& url) {
    const auto connection = rest_api::open_database(url);
    rest_api::Transaction transaction(*connection, rest_api::Transaction::Kind::write);
    for (int i = 0; i < 1000; ++i) {
        (void)rest_api::insert_row(
            *connection, rest_api::products,
            {"Tea", std::int64_t{455}, std::int64_t{3}, std::string("drinks")});
    }
    transaction.commit();
    return rest_api::add_key(*connection, {"bench", rest_api::Role::editor});
}

asio::awaitable<void> serve_database(std::string url, std::uint16_t port) {
    rest_api::Options options;
    options.database.url = url;
    rest_api::Database database(options.database);
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {"127.0.0.1", port});
    co_await rest_api::serve(std::move(acceptor), database, options);
}

asio::awaitable<void> serve_hello(std::uint16_t port) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {"127.0.0.1", port});
    co_await rest_interface::serve(std::move(acceptor), {});
}

void run_flask(const std::string& database, std::uint16_t port) {
    ::execlp("/usr/bin/python3", "python3", PEERS "/11_05b_rest_api_flask.py",
             std::to_string(port).c_str(), database.c_str(), nullptr);
}

benchmarks::Server server(const std::string& name, const Serve& serve, const std::string& arguments,
                          const std::string& target) {
    return {.name = name, .start = [=]() -> benchmarks::Round {
                const auto process = std::make_shared<benchmarks::ListeningServer>(serve);
                return [=] {
                    const benchmarks::Meter meter(process->process());
                    return meter.per_operation(benchmarks::wrk(process->port(), arguments, target));
                };
            }};
}

Serve over(const std::string& url) {
    return [url](std::uint16_t port) { run(serve_database(url, port)); };
}

/// Products made by one client and by many, over the database of `url`.
void compare_creations(const std::string& database, const std::string& url) {
    if (url.empty()) {
        return;
    }
    const std::string post =
        "-s " PEERS "/11_05b_rest_api_post.lua -H 'X-API-Key: " + fill(url) + "' ";
    benchmarks::compare("creations over " + database,
                        {server("1 client", over(url), post + "-c1", "/products"),
                         server("64 clients", over(url), post + "-c64", "/products")},
                        {"1 client"});
}

}  // namespace

int main(int argc, char** argv) {
    spdlog::set_level(spdlog::level::off);
    const TemporaryFolder folder;
    const std::string url = folder.file("read.db");
    (void)fill(url);
    const Serve flask = [&url](std::uint16_t port) { run_flask(url, port); };
    const Serve hello = [](std::uint16_t port) { run(serve_hello(port)); };
    const std::string many = "-c64";
    benchmarks::compare("one product",
                        {server("ours", over(url), many, "/products/500"),
                         server("Flask", flask, many, "/products/500"),
                         server("11.5 without a database", hello, many, "/hello")},
                        {"Flask"});
    benchmarks::compare("a page of ten",
                        {server("ours", over(url), many, "/products?page=7"),
                         server("Flask", flask, many, "/products?page=7")},
                        {"Flask"});
    compare_creations("SQLite", folder.file("made.db"));
    const benchmarks::PostgreSql postgresql(folder.file("url"));
    compare_creations("PostgreSQL", postgresql.create("made"));
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
