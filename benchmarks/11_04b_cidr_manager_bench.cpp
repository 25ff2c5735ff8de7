// Collapsing beside Python's ipaddress; a table of a million prefixes beside a binary trie; a
// search in a pool with 10,000 allocations beside one without the map of free blocks; and
// allocations by clients over loopback, each of which waits for the disk, alone and 64 at once: the
// server is a process of its own, this one is its clients.
#include <benchmark/benchmark.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_04_cidr_addresses/text/text.hpp"
#include "11_04b_cidr_manager/cidr_manager.hpp"
#include "common/cli/run.hpp"
#include "support/comparison.hpp"
#include "support/echo_load.hpp"
#include "support/servers.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::cidr_manager;

std::mt19937_64 make_random() {
    return std::mt19937_64(11'04);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in each run
}

// --- Collapse
// -------------------------------------------------------------------------------------

std::vector<Network> make_networks(Version version) {
    std::mt19937_64 random = make_random();
    std::vector<Network> networks;
    for (int n = 0; n < 5000; ++n) {
        const uint128 bits = version == Version::v4
                                 ? uint128{0x0A000000 | (random() & 0xFFFFFF)}
                                 : (uint128{0x2001'0db8} << 96) | (uint128{random()} << 32);
        const int length =
            static_cast<int>(version == Version::v4 ? 16 + random() % 13 : 36 + random() % 29);
        networks.emplace_back(cidr_addresses::Address(version, bits), length, HostBits::clear);
    }
    return networks;
}

template <Version version>
void collapse_ours(benchmark::State& state) {
    const std::vector<Network> networks = make_networks(version);
    for (auto _ : state) {
        benchmark::DoNotOptimize(collapse(networks));
    }
}

template <Version version>
void collapse_python(benchmark::State& state) {
    const std::string file = "/tmp/bench-networks-" + std::to_string(::getpid());
    {
        std::ofstream out(file);
        for (const Network& network : make_networks(version)) {
            out << to_string(network) << '\n';
        }
    }
    const std::string command = "python3 " PEERS "/11_04b_cidr_manager_peer.py " + file;
    std::FILE* const output = popen(command.c_str(), "r");
    double nanoseconds = 0;
    if (output == nullptr || std::fscanf(output, "%lf", &nanoseconds) != 1) {
        state.SkipWithError("no python3");
    }
    for (auto _ : state) {
        state.SetIterationTime(nanoseconds * 1e-9);
    }
    if (output != nullptr) {
        pclose(output);
    }
    std::filesystem::remove(file);
}

// --- Look-ups
// -------------------------------------------------------------------------------------

constexpr std::size_t prefix_count = 1'000'000;
constexpr std::size_t look_up_count = std::size_t{1} << 16;

/// Lengths as in the Internet's routing table: most are 24, in IPv6 48.
Network random_prefix(Version version, std::mt19937_64& random) {
    const bool short_one = random() % 3 == 0;
    if (version == Version::v4) {
        const int length = short_one ? 10 + static_cast<int>(random() % 14) : 24;
        return {cidr_addresses::Address::v4(static_cast<std::uint32_t>(random())), length,
                HostBits::clear};
    }
    const int length = short_one ? 20 + static_cast<int>(random() % 28) : 48;
    const uint128 bits = (uint128{random()} << 64) >> 3 | uint128{1} << 125;
    return {cidr_addresses::Address::v6(bits), length, HostBits::clear};
}

const std::vector<PrefixTable::Entry>& entries_of(Version version) {
    static const auto make = [](Version which) {
        std::mt19937_64 random = make_random();
        std::vector<PrefixTable::Entry> entries;
        entries.reserve(prefix_count);
        for (std::size_t n = 0; n < prefix_count; ++n) {
            entries.push_back({random_prefix(which, random), std::to_string(n % 1000)});
        }
        return entries;
    };
    static const std::array all = {make(Version::v4), make(Version::v6)};
    return all[version == Version::v4 ? 0 : 1];
}

std::vector<cidr_addresses::Address> addresses_to_look_up(Version version) {
    std::mt19937_64 random = make_random();
    random.discard(7);
    std::vector<cidr_addresses::Address> addresses;
    for (std::size_t n = 0; n < look_up_count; ++n) {
        const Network& prefix = entries_of(version)[random() % prefix_count].prefix;
        addresses.emplace_back(
            version, prefix.network_address().bits() | (uint128{random()} & prefix.last_index()));
    }
    return addresses;
}

/// What one would write first: a node for each bit.
class Trie {
public:
    explicit Trie(const std::vector<PrefixTable::Entry>& entries) : nodes_(1) {
        for (const PrefixTable::Entry& entry : entries) {
            std::uint32_t node = 0;
            for (int bit = 0; bit < entry.prefix.prefix_length(); ++bit) {
                const bool right = bit_of(entry.prefix.network_address(), bit);
                if (nodes_[node].children[right] == 0) {
                    nodes_[node].children[right] = static_cast<std::uint32_t>(nodes_.size());
                    nodes_.emplace_back();
                }
                node = nodes_[node].children[right];
            }
            nodes_[node].entry = &entry;
        }
    }

    [[nodiscard]] const PrefixTable::Entry* find(const cidr_addresses::Address& address) const {
        const PrefixTable::Entry* best = nodes_[0].entry;
        std::uint32_t node = 0;
        for (int bit = 0; bit < width(address.version()); ++bit) {
            node = nodes_[node].children[bit_of(address, bit)];
            if (node == 0) {
                break;
            }
            best = nodes_[node].entry != nullptr ? nodes_[node].entry : best;
        }
        return best;
    }

private:
    struct Node {
        std::uint32_t children[2] = {0, 0};
        const PrefixTable::Entry* entry = nullptr;
    };

    static bool bit_of(const cidr_addresses::Address& address, int bit) {
        return (address.bits() >> (width(address.version()) - 1 - bit) & 1) != 0;
    }

    std::vector<Node> nodes_;
};

template <typename Table, Version version>
void look_up_in(benchmark::State& state) {
    const std::vector<cidr_addresses::Address> addresses = addresses_to_look_up(version);
    const Table table(entries_of(version));
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(table.find(addresses[next++ % look_up_count]));
    }
}

template <typename Table, Version version>
void fill(benchmark::State& state) {
    for (auto _ : state) {
        state.PauseTiming();
        std::vector<PrefixTable::Entry> entries = entries_of(version);
        auto table = std::unique_ptr<Table>();
        state.ResumeTiming();
        table = std::make_unique<Table>(std::move(entries));
        benchmark::DoNotOptimize(table);
        state.PauseTiming();
        table.reset();
        state.ResumeTiming();
    }
}

// --- A free subnet
// --------------------------------------------------------------------------------

const Network pool = Network::parse("10.0.0.0/8");

/// 10,000 networks of some sizes, all over the pool.
std::vector<Network> make_used() {
    std::mt19937_64 random = make_random();
    FreeSpace free(pool);
    std::vector<Network> used;
    while (used.size() < 10'000) {
        const Network network(cidr_addresses::Address::v4(
                                  static_cast<std::uint32_t>(0x0A000000 | (random() & 0xFFFFFF))),
                              24 + static_cast<int>(random() % 8), HostBits::clear);
        if (std::ranges::none_of(used, [&](const Network& one) { return one.overlaps(network); })) {
            free.take(network);
            used.push_back(network);
        }
    }
    return used;
}

void find_in_map(benchmark::State& state) {
    const FreeSpace free(pool, make_used());
    int length = 20;
    for (auto _ : state) {
        benchmark::DoNotOptimize(free.find(length));
        length = length == 30 ? 20 : length + 1;
    }
}

void find_and_take(benchmark::State& state) {
    FreeSpace free(pool, make_used());
    int length = 20;
    for (auto _ : state) {
        const Network network = *free.find(length);
        free.take(network);
        free.give_back(network);
        length = length == 30 ? 20 : length + 1;
    }
}

void find_by_scan(benchmark::State& state) {
    const std::vector<Network> used = make_used();
    int length = 20;
    for (auto _ : state) {
        benchmark::DoNotOptimize(FreeSpace(pool, used).find(length));
        length = length == 30 ? 20 : length + 1;
    }
}

// --- The disk
// -------------------------------------------------------------------------------------

/// A file in the current folder, which is on a disk; removed, with its lock, with this object.
class PlanFile {
public:
    PlanFile() = default;
    ~PlanFile() {
        std::filesystem::remove(name_);
        std::filesystem::remove(name_ + ".lock");
    }
    PlanFile(const PlanFile&) = delete;
    PlanFile& operator=(const PlanFile&) = delete;
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    std::string name_ = "bench-plan-" + std::to_string(::getpid());
};

/// So many records with one sync.
void append_records(benchmark::State& state) {
    const PlanFile file;
    const auto folder = open_folder_of(file.name());
    Journal journal(*folder, file.name());
    const std::string record =
        R"({"op":"allocate","pool":"10.0.0.0/8","network":"10.0.0.0/25","owner":"bob"})";
    const std::vector<std::string> records(static_cast<std::size_t>(state.range(0)), record);
    for (auto _ : state) {
        journal.append(records);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

asio::awaitable<void> serve_ledger(int socket, Ledger& ledger) {
    tcp::acceptor acceptor(co_await this_coro::executor, tcp::v4(), socket);
    co_await serve_requests(std::move(acceptor), {}, ledger);
}

/// Serves until SIGTERM.
void serve_plan(int socket) {
    const PlanFile file;
    run(with_plan(file.name(), {pool},
                  [socket](Ledger& ledger) { return serve_ledger(::dup(socket), ledger); }));
}

const benchmarks::Peer plan_server = {"plan", serve_plan};

/// Clients with one request in flight each.
class Clients {
public:
    Clients(const benchmarks::Listener& server, int count) {
        for (; count > 0; --count) {
            const int client = server.connect();
            epoll_event event{.events = EPOLLIN, .data = {.fd = client}};
            benchmarks::check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, client, &event), "epoll_ctl");
            clients_.push_back(client);
        }
    }
    ~Clients() {
        std::ranges::for_each(clients_, ::close);
        ::close(epoll_);
    }
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    /// So many allocations by all of them together.
    void allocate(int requests) {
        int to_send = requests;
        for (const int client : clients_) {
            send(client, to_send);
        }
        std::array<epoll_event, 64> events;
        while (requests > 0) {
            const int ready = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (const epoll_event& event : std::span(events).first(static_cast<size_t>(ready))) {
                receive(event.data.fd);
                --requests;
                send(event.data.fd, to_send);
            }
        }
    }

private:
    static void send(int client, int& to_send) {
        static constexpr std::string_view request =
            "{\"op\":\"allocate\",\"pool\":\"10.0.0.0/8\",\"prefix\":32}\n";
        if (to_send-- > 0) {
            ::send(client, request.data(), request.size(), MSG_NOSIGNAL);
        }
    }
    static void receive(int client) {
        std::array<char, 512> response;
        const auto n = ::recv(client, response.data(), response.size(), 0);
        if (n <= 0 || response[static_cast<std::size_t>(n) - 1] != '\n') {
            throw std::runtime_error("no whole response");
        }
    }

    int epoll_ = benchmarks::check(::epoll_create1(0), "epoll_create1");
    std::vector<int> clients_;
};

/// A server in a process of its own, and its clients in this one.
struct Running {
    benchmarks::Listener listener;
    benchmarks::ServerProcess process;
    Clients clients;

    Running(int count, const benchmarks::Command& tracer)
        : process(tracer.empty()
                      ? benchmarks::ServerProcess([&] { serve_plan(listener.descriptor()); })
                      : benchmarks::start_traced(tracer, plan_server, listener.descriptor())),
          clients(listener, count) {}
    ~Running() { process.end(SIGTERM); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
};

/// `count` clients, which make so many allocations in a round.
benchmarks::Server measured_clients(int count, int allocations) {
    const auto start = [=]() -> benchmarks::Round {
        const auto running = std::make_shared<Running>(count, benchmarks::Command());
        return [=] {
            const benchmarks::Meter meter(running->process);
            running->clients.allocate(allocations);
            return meter.per_operation(allocations);
        };
    };
    const auto traced = [=](const benchmarks::Command& tracer, int rounds) -> double {
        Running(count, tracer).clients.allocate(2000 * rounds);
        return 2000 * rounds;
    };
    return {std::to_string(count) + (count == 1 ? " client" : " clients"), start, traced};
}

template <Version version>
void register_for() {
    const std::string suffix = version == Version::v4 ? " IPv4/" : " IPv6/";
    const auto add = [&](const std::string& group, const char* name, auto function) {
        return benchmark::RegisterBenchmark((group + suffix + name).c_str(), function);
    };
    add("collapse 5,000", "ours", collapse_ours<version>);
    add("collapse 5,000", "Python", collapse_python<version>)->UseManualTime()->Iterations(1);
    add("look up in a million", "PrefixTable", look_up_in<PrefixTable, version>);
    add("look up in a million", "binary trie", look_up_in<Trie, version>);
    add("fill with a million", "PrefixTable", fill<PrefixTable, version>)
        ->Iterations(3)
        ->UseRealTime();
    add("fill with a million", "binary trie", fill<Trie, version>)->Iterations(3)->UseRealTime();
}

}  // namespace

/// The benchmark; or, as `serve NAME SOCKET`, its server.
int main(int argc, char** argv) {
    if (benchmarks::serve_if_asked(argc, argv, {plan_server})) {
        return 0;
    }
    benchmark::Initialize(&argc, argv);
    register_for<Version::v4>();
    register_for<Version::v6>();
    benchmark::RegisterBenchmark("free subnet among 10,000/free blocks by size", find_in_map);
    benchmark::RegisterBenchmark("free subnet among 10,000/find, take, give back", find_and_take);
    benchmark::RegisterBenchmark("free subnet among 10,000/from scratch", find_by_scan);
    benchmark::RegisterBenchmark("append with one fdatasync/records", append_records)
        ->Arg(1)
        ->Arg(64)
        ->UseRealTime();
    benchmarks::compare("allocate with fdatasync",
                        {measured_clients(1, 2000), measured_clients(64, 20'000)}, {"1 client"});
    benchmark::RunSpecifiedBenchmarks();
}
