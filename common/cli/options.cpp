#include "common/cli/options.hpp"

#include <fmt/format.h>

#include <cmath>

#include "common/net/utf8.hpp"

namespace cookbook {

void add_address(CLI::App& command, HostPort& address) {
    command.add_option("--host", address.host, "Name or address, IPv4 or IPv6")
        ->type_name("HOST")
        ->capture_default_str();
    command.add_option("--port", address.port, "Port; 0 lets a server choose a free one")
        ->type_name("PORT")
        ->capture_default_str();
}

void add_limits(CLI::App& command, Limits& limits) {
    add_count(command, "--max-connections", limits.max_connections,
              "Connections at once; further ones wait");
    add_seconds(command, "--idle", limits.idle_timeout,
                "Disconnect a peer after this long without progress");
    add_drain(command, limits.drain_timeout);
}

void add_drain(CLI::App& command, asio::steady_timer::duration& drain_timeout) {
    add_seconds(command, "--drain", drain_timeout,
                "After SIGINT or SIGTERM, let connections finish for this long");
}

CLI::Option* add_seconds(CLI::App& command, const std::string& name,
                         asio::steady_timer::duration& value, const std::string& description,
                         double min) {
    using seconds = std::chrono::duration<double>;
    constexpr double a_year = 365.0 * 24 * 60 * 60;
    const auto set = [&value, name](double number) {
        if (std::isnan(number)) {  // which CLI::Range lets through
            throw CLI::ValidationError(name, "not a number of seconds");
        }
        value = std::chrono::duration_cast<asio::steady_timer::duration>(seconds(number));
    };
    return command.add_option_function<double>(name, set, description)
        ->check(CLI::Range(min, a_year).description(""))
        ->type_name("SECONDS")
        ->default_str(fmt::format("{:g}", seconds(value).count()));
}

CLI::Validator is_utf8_text() {
    return {[](const std::string& text) { return is_utf8(text) ? "" : "is not UTF-8"; }, ""};
}

}  // namespace cookbook
