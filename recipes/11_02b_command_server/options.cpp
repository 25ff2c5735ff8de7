#include "options.hpp"

#include <fmt/format.h>

#include "common/cli/options.hpp"

namespace cookbook::command_server {
namespace {

Choices<Serve*> styles_by_name() {
    Choices<Serve*> choices;
    for (const Style& style : styles) {
        choices.emplace_back(style.name, style.serve);
    }
    return choices;
}

}  // namespace

void add_server_options(CLI::App& server, ServerSettings& settings) {
    add_address(server, settings.address);
    add_limits(server, settings.options.limits);
    add_choice(server, "--style", settings.style, styles_by_name(), "How clients are served");
    add_count(server, "--queue", settings.options.max_queue,
              "Bytes that wait for one client to take them; a slower one is dropped");
    add_count(server, "--max-line", settings.options.max_line,
              "Bytes of a line; a longer one disconnects");
    server
        .add_option("--metrics-port", settings.metrics_port,
                    "Serve GET /metrics here, for Prometheus; 0 chooses a free one")
        ->type_name("PORT");
}

void check(const Options& options) {
    // A response may be six times as long as its line (\u0000), and half of the queue is for it.
    const std::size_t min_queue = 16 * options.max_line;
    if (options.max_queue < min_queue) {
        throw CLI::ValidationError("--queue",
                                   fmt::format("{} is too small for --max-line {}: at least {}",
                                               options.max_queue, options.max_line, min_queue));
    }
}

void check(const std::vector<std::string>& commands) {
    for (const std::string& command : commands) {
        if (command.find('\n') != std::string::npos) {
            throw CLI::ValidationError("COMMAND", "each is one line, without a line feed");
        }
    }
}

}  // namespace cookbook::command_server
