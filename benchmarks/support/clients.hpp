// Clients under comparison: each is a process of its own, and reports what it has cost.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/server_process.hpp"

namespace cookbook::benchmarks {

/// What this process has used since the connection was opened: seconds of CPU and of the clock.
class Stopwatch {
public:
    void report() const {
        const std::chrono::duration<double> clock = std::chrono::steady_clock::now() - begin_;
        fmt::print("{} {}\n", cpu_seconds(::getpid()) - cpu_, clock.count());
    }

private:
    double cpu_ = cpu_seconds(::getpid());
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// A client to measure: a program that makes `count` requests and prints what Stopwatch reports.
struct Client {
    std::string name;
    bool is_in_this_program;
    std::function<Command(std::uint16_t port, int count)> command;
};

/// One that be_client_if_asked() runs.
inline Client in_this_program(const std::string& name) {
    return {name, true, [name](std::uint16_t port, int count) {
                return Command{std::filesystem::read_symlink("/proc/self/exe"), "client", name,
                               std::to_string(port), std::to_string(count)};
            }};
}

/// For main(): `client NAME PORT COUNT`, as arguments, calls be_client(NAME, PORT, COUNT). Returns
/// false if they say something else.
template <typename BeClient>
bool be_client_if_asked(int argc, char** argv, const BeClient& be_client) {
    if (argc != 5 || std::string_view(argv[1]) != "client") {
        return false;
    }
    be_client(argv[2], static_cast<std::uint16_t>(std::stoi(argv[3])), std::stoi(argv[4]));
    return true;
}

/// A script in benchmarks/peers for Debian's python3; it gets the server's URL, the size of a
/// response, and the count.
inline Client python_client(const std::string& name, const std::string& script, std::size_t size) {
    return {name, false, [=](std::uint16_t port, int count) {
                return Command{"/usr/bin/python3", PEERS "/" + script,
                               fmt::format("http://127.0.0.1:{}/", port), std::to_string(size),
                               std::to_string(count)};
            }};
}

/// Runs a client to its end, and returns what it reports. Throws runtime_error if it cannot run.
inline Cost run_to_end(const Command& command) {
    const std::string line = fmt::format("'{}' 2>/dev/null", fmt::join(command, "' '"));
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> report(::popen(line.c_str(), "r"),
                                                                 ::pclose);
    Cost cost{};
    if (!report || std::fscanf(report.get(), "%lf %lf", &cost.cpu, &cost.clock) != 2) {
        throw std::runtime_error("not installed");
    }
    return cost;
}

inline Round start(const Client& client, std::uint16_t port, int operations) {
    return [command = client.command(port, operations), operations] {
        const Cost cost = run_to_end(command);
        return Cost{.cpu = cost.cpu / operations, .clock = cost.clock / operations};
    };
}

/// A tenth of a round, `rounds` times.
inline double run_traced(const Client& client, std::uint16_t port, int operations, Command tracer,
                         int rounds) try {
    const int count = operations / 10 * rounds;
    const Command own = client.command(port, count);
    tracer.insert(tracer.end(), own.begin(), own.end());
    run_to_end(tracer);
    return count;
} catch (const std::runtime_error&) {
    return 0;  // there is no such tracer, and no report
}

/// The clients, which compare() takes for servers: here they are what is measured.
/// `operations` are those of a round; port is the server's. `clients` must outlive the result.
inline std::vector<Server> measured(const std::vector<Client>& clients, std::uint16_t port,
                                    int operations) {
    std::vector<Server> all;
    for (const Client& client : clients) {
        Server one{.name = client.name, .start = [&client, port, operations] {
                       return start(client, port, operations);
                   }};
        if (client.is_in_this_program) {
            one.traced = [&client, port, operations](const Command& tracer, int rounds) {
                return run_traced(client, port, operations, tracer, rounds);
            };
        }
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace cookbook::benchmarks
