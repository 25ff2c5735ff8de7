#include "common/cli/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <exception>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "common/async/describe.hpp"

namespace cookbook {
namespace {

const CLI::Validator positive = CLI::Range(1, std::numeric_limits<int>::max()).description("");

constexpr int failed = 1;
constexpr int bad_usage = 2;
constexpr int interrupted = 128 + SIGINT;

/// "--max-connections": LAB_MAX_CONNECTIONS.
std::string environment_name(const CLI::Option& option) {
    std::string name = "LAB_" + option.get_lnames().front();
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
        return c == '-' ? '_' : static_cast<char>(std::toupper(c));
    });
    return name;
}

/// CLI11 takes an argument in brackets for a list, [a,b] for two arguments and [] for none; behind
/// this mark it leaves it as it is.
constexpr char verbatim = '\x1f';

/// The arguments as CLI11 wants them: the last one first.
std::vector<std::string> mark_brackets(int argc, char** argv) {
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    std::ranges::reverse(arguments);
    for (std::string& argument : arguments) {
        if (argument.starts_with('[') || argument.starts_with(verbatim)) {
            argument.insert(argument.begin(), verbatim);
        }
    }
    return arguments;
}

std::string without_mark(const std::string& text) {
    return text.starts_with(verbatim) ? text.substr(1) : text;
}

/// Every option takes what it is given as it stands, and may come from the environment.
void prepare_options(CLI::App& command) {
    for (CLI::Option* option : command.get_options()) {
        option->transform(without_mark);
        if (option->get_configurable() && !option->get_lnames().empty()) {
            option->envname(environment_name(*option));
        }
    }
    for (CLI::App* subcommand : command.get_subcommands({})) {
        prepare_options(*subcommand);
    }
}

bool is_cancellation(const std::exception& failure) {
    if (const auto* error = dynamic_cast<const boost::system::system_error*>(&failure)) {
        return error->code() == asio::error::operation_aborted;
    }
    const auto* error = dynamic_cast<const std::system_error*>(&failure);
    return error != nullptr && error->code() == std::errc::operation_canceled;
}

void log_to_stderr(const std::string& name) {
    spdlog::set_default_logger(spdlog::stderr_color_mt(name));
    spdlog::set_pattern("%H:%M:%S.%e %n %^%l%$ %v");
}

/// Where stdin, stdout or stderr is closed, the next descriptor would take its place: a socket, to
/// which the log would be written.
void sanitize_standard_descriptors() {
    int descriptor = 0;
    do {
        descriptor = open("/dev/null", O_RDWR);
    } while (0 <= descriptor && descriptor <= STDERR_FILENO);
    close(descriptor);
}

}  // namespace

Program::Program(std::string name, const std::string& description, Body demo)
    : app_(description, std::move(name)), body_(std::move(demo)) {
    app_.set_config("--config", "", "Take options from this TOML file")->type_name("FILE");
    app_.add_option_function<std::string>(
            "--log-level",
            [](const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); },
            "What the log on stderr tells")
        ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
        ->default_str("info");
    app_.require_subcommand(0, 1);
    app_.footer("Without a command: the demo, server and client in one process.");
}

CLI::App& Program::command(const std::string& name, const std::string& description, Body body) {
    CLI::App* command = app_.add_subcommand(name, description);
    command->footer("");
    command->fallthrough();  // `server --config FILE` as well as `--config FILE server`
    command->final_callback([this, body = std::move(body)] { body_ = body; });
    return *command;
}

int Program::run(int argc, char** argv) {
    sanitize_standard_descriptors();
    log_to_stderr(app_.get_name());
    prepare_options(app_);
    try {
        app_.parse(mark_brackets(argc, argv));
    } catch (const CLI::Success& help) {
        return app_.exit(help);
    } catch (const CLI::ParseError& error) {
        std::string message = describe(error);
        std::erase(message, verbatim);
        fmt::print(stderr, "{}: {} (--help tells more)\n", app_.get_name(), message);
        return bad_usage;
    }
    try {
        return body_();
    } catch (const std::exception& error) {
        if (is_cancellation(error)) {
            return interrupted;
        }
        fmt::print(stderr, "{}: {}\n", app_.get_name(), describe(error));
    }
    return failed;
}

void add_address(CLI::App& command, HostPort& address) {
    command.add_option("--host", address.host, "Name or address, IPv4 or IPv6")
        ->capture_default_str();
    command.add_option("--port", address.port, "TCP port; a server takes 0 as any free one")
        ->type_name("PORT")
        ->capture_default_str();
}

void add_limits(CLI::App& command, Limits& limits) {
    command
        .add_option("--max-connections", limits.max_connections,
                    "Connections at once; further ones wait")
        ->check(positive)
        ->capture_default_str();
    add_seconds(command, "--idle", limits.idle_timeout,
                "Hang up on a peer that is silent for so long");
    add_seconds(command, "--drain", limits.drain_timeout,
                "After SIGINT or SIGTERM, let connections finish for so long");
}

void add_http_limits(CLI::App& command, http::Limits& limits) {
    add_limits(command, limits);
    command.add_option("--max-head", limits.max_head, "Bytes of request line and fields")
        ->check(positive)
        ->capture_default_str();
    command.add_option("--max-body", limits.max_body, "Bytes of a request's body")
        ->check(positive)
        ->capture_default_str();
    add_seconds(command, "--message-time", limits.message_timeout,
                "For a request's head, and for a body beside its size");
}

CLI::Option* add_seconds(CLI::App& command, const std::string& name,
                         asio::steady_timer::duration& value, const std::string& description) {
    using seconds = std::chrono::duration<double>;
    constexpr double a_year = 365.0 * 24 * 60 * 60;
    return command
        .add_option_function<double>(
            name,
            [&value](double number) {
                value = std::chrono::duration_cast<asio::steady_timer::duration>(seconds(number));
            },
            description)
        ->check(CLI::Range(0.001, a_year).description(""))
        ->type_name("SECONDS")
        ->default_str(fmt::format("{:g}", seconds(value).count()));
}

}  // namespace cookbook
