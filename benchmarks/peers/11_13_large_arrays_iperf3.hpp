// iperf3, the usual yardstick: one connection over loopback, whose receiver keeps nothing.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include "support/comparison.hpp"
#include "support/counts.hpp"
#include "support/listening.hpp"

namespace cookbook::peers {
namespace detail {

/// The number behind `name`, which comes after `section`, in a report of iperf3's (JSON).
inline double number_in(const std::string& report, const std::string& section,
                        const std::string& name) {
    const std::string key = '"' + name + "\":";
    const auto at = report.find(key, report.find('"' + section + '"'));
    if (at == std::string::npos) {
        throw std::runtime_error("iperf3 has no " + name + " to report");
    }
    return std::stod(report.substr(at + key.size()));
}

inline std::string output_of(const std::string& command) {
    FILE* const pipe = ::popen(command.c_str(), "r");
    std::string text;
    std::array<char, 4096> piece;
    while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), pipe)) {
        text.append(piece.data(), n);
    }
    ::pclose(pipe);
    return text;
}

/// The report of a client's run. A server that is still busy with its last one refuses it at first.
inline std::string report_of(std::uint16_t port) {
    constexpr int max_attempts = 20;
    std::string report;
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        report = output_of("iperf3 -J -n 1000000000 -c 127.0.0.1 -p " + std::to_string(port));
        if (report.find("\"sum_received\"") != std::string::npos) {
            break;
        }
        ::usleep(100'000);
    }
    return report;
}

}  // namespace detail

/// A round sends a gigabyte, in writes of 128 KiB, which is iperf3's own choice. CPU and time are
/// those that it reports of the transfer, without its start and its exchange of results.
inline benchmarks::Round start_iperf3() {
    const auto server = std::make_shared<benchmarks::ListeningServer>([](std::uint16_t port) {
        std::freopen("/dev/null", "w", stdout);
        std::freopen("/dev/null", "w", stderr);
        benchmarks::execute({"iperf3", "-s", "-p", std::to_string(port)});
    });
    return [server] {
        const std::string report = detail::report_of(server->port());
        const double seconds = detail::number_in(report, "sum_received", "seconds");
        const double percent = detail::number_in(report, "cpu_utilization_percent", "host_total") +
                               detail::number_in(report, "cpu_utilization_percent", "remote_total");
        return benchmarks::Cost{.cpu = seconds * percent / 100, .clock = seconds};
    };
}

}  // namespace cookbook::peers
