// The command line of 11.2: parses, binds and hands over.
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "client.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "common/cli/run.hpp"
#include "demo.hpp"
#include "tcp_server.hpp"

using namespace cookbook;
using namespace cookbook::tcp_server;

namespace {

void serve(const HostPort& address, const std::string& style, const Options& options) {
    asio::io_context context;  // never run: each style has its own, or none
    tcp::acceptor acceptor = listen(context.get_executor(), address);
    const auto* chosen = std::ranges::find(styles, style, &Style::name);
    run_blocking([&](const std::stop_token& stop) {
        print_listening(acceptor);
        chosen->serve(std::move(acceptor), options, stop);
    });
}

std::vector<std::string> style_names() {
    std::vector<std::string> names;
    for (const Style& style : styles) {
        names.emplace_back(style.name);
    }
    return names;
}

}  // namespace

int main(int argc, char** argv) {
    HostPort address{.port = 20000};
    std::string style = "coroutine";
    Options options;
    std::optional<std::string> message;
    asio::steady_timer::duration timeout = 60s;

    Program program("11_02_tcp_server", "11.2 TCP server: echo in five styles", show_all_styles);

    CLI::App& server = program.command("server", "Echo until SIGINT or SIGTERM",
                                       [&] { serve(address, style, options); });
    add_address(server, address);
    add_limits(server, options.limits);
    server.add_option("--style", style, "How connections are served")
        ->check(CLI::IsMember(style_names()))
        ->capture_default_str();
    server
        .add_option("--workers", options.workers,
                    "Threads of style pool (16), event loops of multicore (one per core)")
        ->check(CLI::Range(1, 1000).description(""));
    server.add_flag("--lines", options.lines, "Echo line by line, not byte by byte");
    add_count(server, "--max-line", options.max_line, "Bytes of a line; a longer one disconnects");

    CLI::App& client =
        program.command("client", "Send a message, or stdin, and print all that comes back", [&] {
            return message ? send_message(address, *message, stdout, timeout)
                           : send_file(address, STDIN_FILENO, stdout, timeout);
        });
    add_address(client, address);
    client.add_option("--message", message, "What to send instead of stdin")->type_name("TEXT");
    add_seconds(client, "--timeout", timeout, "Give up on a server after this long a silence");

    return program.run(argc, argv);
}
