// The command line of 11.2b: parses, binds and hands over.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "client.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "common/net/tcp.hpp"
#include "demo.hpp"
#include "options.hpp"

using namespace cookbook;
using namespace cookbook::command_server;

namespace {

void serve_until_stopped(const ServerSettings& settings) {
    check(settings.options);
    asio::io_context context;  // never run: each style has its own, or none
    tcp::acceptor acceptor = cookbook::listen(context.get_executor(), settings.address);
    std::optional<tcp::acceptor> metrics;
    if (settings.metrics_port) {
        metrics = cookbook::listen(context.get_executor(),
                                   {settings.address.host, *settings.metrics_port});
        spdlog::info("metrics on http://{}/metrics", to_string(metrics->local_endpoint()));
    }
    run_blocking([&](const std::stop_token& stop) {
        print_listening(acceptor);
        settings.style(std::move(acceptor), std::move(metrics), settings.options, stop);
    });
}

}  // namespace

int main(int argc, char** argv) {
    ServerSettings settings;
    HostPort address{.port = 8888};
    std::vector<std::string> commands;
    asio::steady_timer::duration timeout = 10s;
    bool listening = false;

    Program program("11_02b_command_server", "11.2b Command server with broadcast", demo);

    CLI::App& server = program.command("server", "Serve until SIGINT or SIGTERM",
                                       [&] { serve_until_stopped(settings); });
    add_server_options(server, settings);

    CLI::App& client = program.command("client", "Send commands and print the responses", [&] {
        check(commands);
        return listening          ? listen(address, commands, stdout, timeout)
               : commands.empty() ? send_input(address, STDIN_FILENO, stdout, timeout)
                                  : send_commands(address, commands, stdout, timeout);
    });
    add_address(client, address);
    add_seconds(client, "--timeout", timeout, "Give up on a server after this long a silence");
    client.add_flag("--listen", listening, "Stay, and print what others say");
    program.add_texts(client, commands, "COMMAND", "A line to send; none: the lines of stdin");

    return program.run(argc, argv);
}
