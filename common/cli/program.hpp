// The command line that all recipes share.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "common/async/asio.hpp"
#include "common/http/server.hpp"
#include "common/net/serve.hpp"
#include "common/net/tcp.hpp"

namespace cookbook {

/// An executable with a demo (no argument), a `server`, a `client` and perhaps other commands.
///
/// Every option can also come from `--config FILE` (TOML: a section for each command, [server]) and
/// from the environment (--max-connections: LAB_MAX_CONNECTIONS). An argument stays as it is given:
/// [a,b] is one, not CLI11's list of two. Exit status: what the command returns; 1 after an
/// exception, told in one line on stderr, "NAME: reason"; 2 for bad usage; 130 after an interrupted
/// command.
class Program {
public:
    /// What runs, and the process's exit status.
    using Body = std::function<int()>;

    Program(std::string name, const std::string& description, Body demo);

    /// Adds a command. The reference stays valid as long as the program; add options to it.
    CLI::App& command(const std::string& name, const std::string& description, Body body);

    /// Parses the command line and runs the command.
    int run(int argc, char** argv);

private:
    CLI::App app_;
    Body body_;
};

/// --host and --port, with the values in `address` as their defaults.
void add_address(CLI::App& command, HostPort& address);

/// --max-connections, --idle and --drain, with the values in `limits` as their defaults.
void add_limits(CLI::App& command, Limits& limits);

/// The same, and --max-head, --max-body and --message-time.
void add_http_limits(CLI::App& command, http::Limits& limits);

/// An option in seconds; a fraction is allowed, 0 and less is not.
CLI::Option* add_seconds(CLI::App& command, const std::string& name,
                         asio::steady_timer::duration& value, const std::string& description);

}  // namespace cookbook
