// What an operation costs a server, counted instead of timed: no neighbour on the machine changes
// these figures.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cookbook::benchmarks {

using Command = std::vector<std::string>;

/// Becomes the program `command`. Returns only if that fails.
inline void execute(Command command) {
    std::vector<char*> argv;
    for (std::string& argument : command) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    ::execvp(argv.front(), argv.data());
}

/// Runs this benchmark's executable under `tracer` (in a child), with other arguments.
inline void execute_self(Command tracer, const Command& arguments) {
    tracer.push_back(std::filesystem::read_symlink("/proc/self/exe"));
    tracer.insert(tracer.end(), arguments.begin(), arguments.end());
    execute(std::move(tracer));
}

/// Starts a server under `tracer`, puts `rounds` times the same load on it and ends it by SIGTERM.
/// Returns the number of operations.
using TracedRun = std::function<double(const Command& tracer, int rounds)>;

namespace detail {

/// The number in the line that begins with "totals: ", of callgrind, or ends with " total", of
/// strace; 0 if there is none.
inline double total(std::istream& report) {
    for (std::string line; std::getline(report, line);) {
        if (line.starts_with("totals: ")) {
            return std::stod(line.substr(std::string("totals: ").size()));
        }
        if (line.ends_with(" total")) {
            return std::stod(line);
        }
    }
    return 0;
}

inline bool is_installed(const std::string& program) {
    return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

/// A report's figure for one operation: that of two rounds without that of one, so that the
/// server's start and end do not count. Nothing if the tracer is not installed.
inline std::optional<double> per_operation(
    const TracedRun& run, const std::function<Command(const std::string& report)>& tracer) {
    const std::string report = "/tmp/bench-report-" + std::to_string(::getpid());
    if (!is_installed(tracer(report).front())) {
        return std::nullopt;
    }
    std::vector<double> operations;
    std::vector<double> totals;
    for (const int rounds : {1, 2}) {
        operations.push_back(run(tracer(report), rounds));
        std::ifstream file(report);
        totals.push_back(total(file));
        std::filesystem::remove(report);
    }
    if (totals[0] == 0) {
        return std::nullopt;
    }
    return (totals[1] - totals[0]) / (operations[1] - operations[0]);
}

}  // namespace detail

/// Instructions that the server executes in user mode for an operation, by callgrind.
inline std::optional<double> count_instructions(const TracedRun& run) {
    return detail::per_operation(run, [](const std::string& report) {
        return Command{"valgrind", "-q", "--tool=callgrind", "--max-threads=2000",
                       "--callgrind-out-file=" + report};
    });
}

/// System calls that the server makes for an operation, by strace.
inline std::optional<double> count_system_calls(const TracedRun& run) {
    return detail::per_operation(run, [](const std::string& report) {
        return Command{"strace", "-I2", "-qfc", "-U", "calls,name", "-o", report};
    });
}

}  // namespace cookbook::benchmarks
