// The load generator wrk, which comes from Debian.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace cookbook::benchmarks {

/// Runs wrk for a second and returns how many responses came. Throws runtime_error if it is not
/// installed, or if one of them was no good one.
inline double wrk(std::uint16_t port, const std::string& arguments, const std::string& target) {
    const std::string command =
        "wrk -t1 -d1 " + arguments + " http://127.0.0.1:" + std::to_string(port) + target;
    FILE* output = ::popen(command.c_str(), "r");
    double requests = 0;
    for (char line[200]; std::fgets(line, sizeof line, output) != nullptr;) {
        if (std::strstr(line, " requests in") != nullptr) {
            requests = std::strtod(line, nullptr);
        }
        if (std::strstr(line, "Non-2xx") != nullptr) {
            requests = 0;
            break;
        }
    }
    ::pclose(output);
    if (requests == 0) {
        throw std::runtime_error("wrk is not installed, or got no good response");
    }
    return requests;
}

}  // namespace cookbook::benchmarks
