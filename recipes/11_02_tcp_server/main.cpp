// The command line of 11.2: parses, binds and hands over.
#include <unistd.h>

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

void serve(const HostPort& address, Serve* style, const Options& options) {
    asio::io_context context;  // never run: each style has its own, or none
    tcp::acceptor acceptor = listen(context.get_executor(), address);
    run_blocking([&](const std::stop_token& stop) {
        print_listening(acceptor);
        style(std::move(acceptor), options, stop);
    });
}

Choices<Serve*> styles_by_name() {
    Choices<Serve*> choices;
    for (const Style& style : styles) {
        choices.emplace_back(style.name, style.serve);
    }
    return choices;
}

}  // namespace

int main(int argc, char** argv) {
    HostPort address{.port = 20000};
    Serve* style = serve_coroutine;
    Options options;
    std::optional<std::string> message;
    asio::steady_timer::duration timeout = 60s;

    Program program("11_02_tcp_server", "11.2 TCP server: echo in five styles", show_all_styles);

    CLI::App& server = program.command("server", "Echo until SIGINT or SIGTERM",
                                       [&] { serve(address, style, options); });
    add_address(server, address);
    add_limits(server, options.limits);
    add_choice(server, "--style", style, styles_by_name(), "How connections are served");
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
