// Servers under the same load. They take turns, so that whatever slows the machine slows all alike.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/counts.hpp"
#include "support/server_process.hpp"

namespace cookbook::benchmarks {

/// What one operation cost, in seconds.
struct Cost {
    double cpu;  // of the server, all its threads and processes
    double clock;
};

/// Measures from its construction on.
class Meter {
public:
    explicit Meter(const ServerProcess& server) : server_(server) {}

    [[nodiscard]] Cost per_operation(double operations) const {
        const std::chrono::duration<double> clock = std::chrono::steady_clock::now() - begin_;
        return {.cpu = (server_.cpu_seconds() - cpu_) / operations,
                .clock = clock.count() / operations};
    }

private:
    const ServerProcess& server_;
    double cpu_ = server_.cpu_seconds();
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Puts a fixed load on a server that runs, some tenths of a second long.
using Round = std::function<Cost()>;

struct Server {
    std::string name;
    /// Starts the server, which ends with what is returned. Throws runtime_error, or its first
    /// round does, with the reason why there is nothing to measure.
    std::function<Round()> start;
    TracedRun traced = {};  // to count instructions and system calls; may be empty
};

namespace detail {

inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

class Comparison {
public:
    Comparison(std::vector<Server> servers, std::vector<std::string> baselines)
        : servers_(std::move(servers)), baselines_(std::move(baselines)) {}

    void report(benchmark::State& state, const Server& server) {
        if (costs_.empty() && failures_.empty()) {
            take_turns();
        }
        if (failures_.contains(server.name)) {
            state.SkipWithError(failures_[server.name].c_str());
            return;
        }
        for (auto _ : state) {
            state.SetIterationTime(median_of(server.name, &Cost::cpu));
        }
        state.counters["operations/s"] = 1 / median_of(server.name, &Cost::clock);
        for (const std::string& baseline : baselines_) {
            if (costs_.contains(baseline)) {
                state.counters["/ " + baseline] = ratio(server.name, baseline);
            }
        }
        count(state, server.traced);
    }

private:
    static constexpr int rounds = 9;

    void take_turns() {
        std::map<std::string, Round> running;
        for (const Server& server : servers_) {
            try {
                const Round round = server.start();
                round();  // everything is in the caches
                running[server.name] = round;
            } catch (const std::runtime_error& error) {
                failures_[server.name] = error.what();
            }
        }
        for (int i = 0; i < rounds; ++i) {
            for (const auto& [name, round] : running) {
                costs_[name].push_back(round());
            }
        }
    }

    double median_of(const std::string& server, double Cost::* figure) {
        std::vector<double> figures;
        for (const Cost& cost : costs_[server]) {
            figures.push_back(cost.*figure);
        }
        return median(figures);
    }

    /// The median of the rounds' ratios: the two rounds of a ratio are neighbours in time.
    double ratio(const std::string& server, const std::string& baseline) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < costs_[server].size(); ++i) {
            ratios.push_back(costs_[server][i].cpu / costs_[baseline][i].cpu);
        }
        return median(ratios);
    }

    static void count(benchmark::State& state, const TracedRun& traced) {
        if (!traced) {
            return;
        }
        if (const auto instructions = count_instructions(traced)) {
            state.counters["instructions"] = *instructions;
        }
        if (const auto calls = count_system_calls(traced)) {
            state.counters["system calls"] = *calls;
        }
    }

    std::vector<Server> servers_;
    std::vector<std::string> baselines_;
    std::map<std::string, std::vector<Cost>> costs_;  // of each server, round by round
    std::map<std::string, std::string> failures_;
};

}  // namespace detail

/// Adds a row LOAD/NAME for each server: its CPU time for one operation, its ratio to that of the
/// baselines (which are servers, too), operations per second, and what tracers count.
inline void compare(const std::string& load, const std::vector<Server>& servers,
                    const std::vector<std::string>& baselines) {
    const auto comparison = std::make_shared<detail::Comparison>(servers, baselines);
    for (const Server& server : servers) {
        benchmark::RegisterBenchmark(
            (load + "/" + server.name).c_str(),
            [=](benchmark::State& state) { comparison->report(state, server); })
            ->Iterations(1)
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond);
    }
}

}  // namespace cookbook::benchmarks
