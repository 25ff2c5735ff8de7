// What it costs to give an address to somebody: a server's CPU time for each allocation that wrk
// asks for, and how many a second there are, each safe on the disk; the same in the store, with
// more and more leases, beside the scan that others do; and how long an event takes to a watcher.
//
// wrk and PostgreSQL come from Debian; what is not there is left out.
#include <benchmark/benchmark.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "11_14_websocket/client_run.hpp"
#include "11_15_control_plane/client.hpp"
#include "11_15_control_plane/control_plane.hpp"
#include "11_15_control_plane/data_folder.hpp"
#include "11_15_control_plane/schema.hpp"
#include "11_15_control_plane/service.hpp"
#include "11_15_control_plane/store.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/comparison.hpp"
#include "support/listening.hpp"
#include "support/postgresql.hpp"
#include "support/wrk.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::control_plane;
using std::chrono::steady_clock;

/// A folder and a database with a pool of sixteen million addresses.
struct Place {
    std::filesystem::path data;
    std::string database;  // a URL; the folder's own file if empty
};

Place make_place(const std::filesystem::path& data, const std::string& database = {}) {
    make_data_folder(data);
    const auto connection = rest_api::open_database(
        database.empty() ? (data / "ipam.db").string() : database, migrations());
    create_pool(*connection, {.name = "big", .cidr = Network::parse("10.0.0.0/8")}, unix_time());
    return {data, database};
}

asio::awaitable<void> serve_place(Place place, std::uint16_t port) {
    const ServerOptions options = {
        .address = {.port = port}, .rpc_port = 0, .data = place.data, .database = place.database};
    Doors doors = co_await open_doors(options);
    co_await serve(std::move(doors), options);
}

using Servers = std::vector<std::unique_ptr<benchmarks::ListeningServer>>;

Servers start_servers(const Place& place, int count) {
    Servers servers;
    for (int i = 0; i < count; ++i) {
        servers.push_back(std::make_unique<benchmarks::ListeningServer>(
            [place](std::uint16_t port) { run(serve_place(place, port)); }));
    }
    return servers;
}

// --- Allocations over HTTP ----------------------------------------------------------------------

/// The clients keep their connections; several servers share them.
benchmarks::Server allocations(const std::string& name, const Place& place, int servers,
                               int clients) {
    const std::string arguments =
        "-s " PEERS "/11_15_control_plane_post.lua -c" + std::to_string(clients / servers) +
        " -H 'Authorization: Bearer " + read_key(place.data / "admin.key") + "'";
    return {
        .name = name, .start = [=]() -> benchmarks::Round {
            const auto running = std::make_shared<Servers>(start_servers(place, servers));
            return [=]() -> benchmarks::Cost {
                const auto begin = steady_clock::now();
                const auto cpu = [&] {
                    double sum = 0;
                    for (const auto& server : *running) {
                        sum += server->process().cpu_seconds();
                    }
                    return sum;
                };
                const double cpu_before = cpu();
                std::vector<std::future<double>> loads;
                for (const auto& server : *running) {
                    loads.push_back(std::async(std::launch::async, benchmarks::wrk, server->port(),
                                               arguments, "/v1/pools/big/leases"));
                }
                double done = 0;
                for (auto& load : loads) {
                    done += load.get();
                }
                const std::chrono::duration<double> clock = steady_clock::now() - begin;
                return {.cpu = (cpu() - cpu_before) / done, .clock = clock.count() / done};
            };
        }};
}

void compare_allocations(const TemporaryFolder& folder, const benchmarks::PostgreSql& postgresql) {
    const Place sqlite = make_place(folder.path() / "sqlite");
    benchmarks::compare(
        "allocations over SQLite",
        {allocations("1 client", sqlite, 1, 1), allocations("16 clients", sqlite, 1, 16)},
        {"1 client"});
    const std::string url = postgresql.create("shared");
    if (!url.empty()) {
        const Place shared = make_place(folder.path() / "postgresql", url);
        benchmarks::compare(
            "allocations over PostgreSQL",
            {allocations("1 client", shared, 1, 1), allocations("16 clients", shared, 1, 16),
             allocations("16 clients of two servers", shared, 2, 16)},
            {"1 client"});
    }
}

// --- The store, with more and more leases -------------------------------------------------------

/// A store with so many leases. What is written need not be safe: this is not about disks.
std::unique_ptr<Connection> filled_store(const std::filesystem::path& folder, std::int64_t leases) {
    const Place place = make_place(folder / std::to_string(leases));
    auto connection = rest_api::open_database((place.data / "ipam.db").string(), migrations());
    connection->run("PRAGMA synchronous = OFF");
    constexpr std::int64_t max_count = 256;
    for (std::int64_t held = 0; held < leases;) {
        const std::int64_t count = std::min(max_count, leases - held);
        allocate(*connection, {.pool = "big", .owner = "others", .count = count}, unix_time());
        held += count;
    }
    while (sweep(*connection, 1000, unix_time()).more) {
    }
    return connection;
}

/// The smallest free address as a service without free ranges finds it: it reads the pool's leases
/// until there is a gap.
cidr_addresses::Address scan_for_free(Connection& connection) {
    const Network network = Network::parse("10.0.0.0/8");
    cidr_addresses::Address next = network[1];
    constexpr std::int64_t page = 10'000;
    for (std::optional<cidr_addresses::Address> after;;) {
        const std::vector<Lease> leases =
            list_leases(connection, {.pool = "big", .limit = page, .after = after});
        for (const Lease& lease : leases) {
            if (lease.address != next) {
                return next;
            }
            after = lease.address;
            next = cidr_addresses::Address(next.version(), next.bits() + 1);
        }
        if (std::ssize(leases) < page) {
            return next;
        }
    }
}

/// Gives addresses for some tenths of a second. Each is taken back outside of the time that counts.
benchmarks::Cost give_addresses(Connection& connection, bool is_scanning) {
    steady_clock::duration took{};
    int given = 0;
    for (; took < 300ms; ++given) {
        const auto begin = steady_clock::now();
        AllocationRequest request = {.pool = "big", .owner = "bench"};
        if (is_scanning) {
            request.address = scan_for_free(connection);
        }
        const Allocation made = allocate(connection, request, unix_time());
        took += steady_clock::now() - begin;
        release(connection, made.leases.front().address, "bench", unix_time());
    }
    const double seconds = std::chrono::duration<double>(took).count() / given;
    return {.cpu = seconds, .clock = seconds};
}

/// The stores of a run, by how many leases there are. Each is filled once.
using Stores = std::map<std::int64_t, std::unique_ptr<Connection>>;

void compare_stores(const std::filesystem::path& folder) {
    const auto stores = std::make_shared<Stores>();
    std::vector<benchmarks::Server> all;
    for (const std::int64_t leases : {10, 10'000, 1'000'000}) {
        for (const bool is_scanning : {false, true}) {
            all.push_back({
                .name = std::to_string(leases) + " leases" + (is_scanning ? ", a scan" : ""),
                .start = [=]() -> benchmarks::Round {
                    auto& store = (*stores)[leases];
                    if (!store) {
                        store = filled_store(folder, leases);
                    }
                    return [=, &store] { return give_addresses(*store, is_scanning); };
                },
            });
        }
    }
    benchmarks::compare("a store of", all, {"10 leases"});
}

// --- Events -------------------------------------------------------------------------------------

/// What a watcher has heard last.
struct Heard {
    steady_clock::time_point at = {};
    int leases = 0;
    asio::steady_timer* waiting = nullptr;
};

asio::awaitable<void> hear(websocket::Connection& peer, const std::string& key, Heard& heard) {
    peer.send(websocket::Opcode::text, R"({"key":")" + key + "\"}");
    while (co_await peer.wait()) {
        while (const auto message = peer.next()) {
            heard.leases += message->data.find("lease.held") != message->data.npos ? 1 : 0;
            heard.at = steady_clock::now();
            if (heard.waiting != nullptr) {
                heard.waiting->cancel();
            }
        }
    }
}

asio::awaitable<void> run_watcher(std::uint16_t port, std::string key, Heard& heard) {
    const websocket::Talk talk = [&](websocket::Connection& peer) {
        return hear(peer, key, heard);
    };
    try {
        co_await websocket::run_client({.server = {.port = port}, .path = "/v1/events"}, {}, {},
                                       talk);
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted) {  // which is how it ends
            throw;
        }
    }
}

asio::awaitable<void> wait_for_leases(Heard& heard, int leases) {
    asio::steady_timer waiting(co_await this_coro::executor, steady_clock::time_point::max());
    heard.waiting = &waiting;
    while (heard.leases < leases) {
        co_await waiting.async_wait(use_nothrow);
    }
    heard.waiting = nullptr;
}

/// From a request on, in seconds: medians.
struct Latencies {
    double response = 0;
    double same = 0;
    double other = 0;
};

asio::awaitable<void> measure_events(Place place, Servers& servers, Latencies& latencies) {
    constexpr int requests = 200;
    const auto file = place.data / "admin.key";
    const Remote remote = {.url = "http://127.0.0.1:" + std::to_string(servers[0]->port()),
                           .key_file = file};
    Heard same;
    Heard other;
    TaskGroup watchers(co_await this_coro::executor);
    watchers.spawn(run_watcher(servers[0]->port(), read_key(file), same));
    watchers.spawn(run_watcher(servers[1]->port(), read_key(file), other));
    std::vector<double> all[3];
    const auto note = [&](std::vector<double>& times, auto begin, auto end) {
        times.push_back(std::chrono::duration<double>(end - begin).count());
    };
    const Question question = {
        .method = "POST", .path = "/v1/pools/big/leases", .body = {{"owner", "bench"}}};
    for (int i = 0; i < requests; ++i) {
        const int before_same = same.leases;
        const int before_other = other.leases;
        const auto begin = steady_clock::now();
        co_await control_plane::ask(remote, question);
        const auto response = steady_clock::now();
        if (i < 10) {
            asio::steady_timer pause(co_await this_coro::executor, 20ms);
            co_await pause.async_wait(use_awaitable);  // the watchers may still be on their way
            continue;
        }
        co_await wait_for_leases(same, before_same + 1);
        co_await wait_for_leases(other, before_other + 1);
        note(all[0], begin, response);
        note(all[1], begin, same.at);
        note(all[2], begin, other.at);
    }
    latencies = {benchmarks::detail::median(all[0]), benchmarks::detail::median(all[1]),
                 benchmarks::detail::median(all[2])};
    watchers.cancel();
    co_await watchers.join();
}

void compare_events(const TemporaryFolder& folder, const benchmarks::PostgreSql& postgresql) {
    const std::string url = postgresql.create("watched");
    if (url.empty()) {
        return;
    }
    const Place place = make_place(folder.path() / "watched", url);
    const auto latencies = std::make_shared<Latencies>();
    const auto add = [&](const std::string& name, double Latencies::* figure) {
        benchmark::RegisterBenchmark(("from the request on/" + name).c_str(),
                                     [=](benchmark::State& state) {
                                         if (latencies->response == 0) {
                                             Servers servers = start_servers(place, 2);
                                             run(measure_events(place, servers, *latencies));
                                         }
                                         for (auto _ : state) {
                                             state.SetIterationTime((*latencies).*figure);
                                         }
                                     })
            ->Iterations(1)
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond);
    };
    add("the response", &Latencies::response);
    add("the event, same server", &Latencies::same);
    add("the event, other server", &Latencies::other);
}

}  // namespace

int main(int argc, char** argv) {
    spdlog::set_level(spdlog::level::off);
    const TemporaryFolder folder;
    const benchmarks::PostgreSql postgresql(folder.file("url"));
    compare_allocations(folder, postgresql);
    compare_stores(folder.path());
    compare_events(folder, postgresql);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
