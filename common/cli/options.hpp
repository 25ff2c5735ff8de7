// Options that recipes have in common. Each keeps its value in the variable that it is given, which
// must outlive the command and holds the default.
#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <limits>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/serve.hpp"
#include "common/net/tcp.hpp"

namespace cookbook {

/// --host and --port.
void add_address(CLI::App& command, HostPort& address);

/// --max-connections, --idle and --drain.
void add_limits(CLI::App& command, Limits& limits);

/// --drain alone.
void add_drain(CLI::App& command, asio::steady_timer::duration& drain_timeout);

/// An option in seconds: more than 0; a fraction is allowed.
CLI::Option* add_seconds(CLI::App& command, const std::string& name,
                         asio::steady_timer::duration& value, const std::string& description);

/// An option that is a number or a size: 1 or more.
template <std::unsigned_integral Count>
CLI::Option* add_count(CLI::App& command, const std::string& name, Count& value,
                       const std::string& description) {
    return command.add_option(name, value, description)
        ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""))
        ->capture_default_str();
}

}  // namespace cookbook
