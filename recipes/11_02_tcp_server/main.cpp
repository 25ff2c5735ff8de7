#include <unistd.h>

#include <algorithm>
#include <utility>

#include "client.hpp"
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

    Program program("11_02_tcp_server", "11.2 TCP server: echo in five styles", [] {
        show_all_styles();
        return 0;
    });

    CLI::App& server = program.command("server", "Echo until SIGINT or SIGTERM", [&] {
        serve(address, style, options);
        return 0;
    });
    add_address(server, address);
    add_limits(server, options.limits);
    server.add_option("--style", style, "How connections are served")
        ->check(CLI::IsMember(style_names()))
        ->capture_default_str();
    server
        .add_option("--workers", options.workers,
                    "Threads of style pool (16), event loops of multicore (one a core)")
        ->check(CLI::Range(1, 1000).description(""));
    server.add_flag("--lines", options.lines, "Answer line by line, not byte by byte");
    server.add_option("--max-line", options.max_line, "Hang up on a longer line, in bytes")
        ->check(CLI::Range(1, 1 << 30).description(""))
        ->capture_default_str();

    CLI::App& client =
        program.command("client", "Send a message, or stdin, and print all that comes back", [&] {
            run(message ? send_message(address, *message, stdout, timeout)
                        : send_file(address, STDIN_FILENO, stdout, timeout));
            return 0;
        });
    add_address(client, address);
    client.add_option("--message", message, "What to send instead of stdin")->type_name("TEXT");
    add_seconds(client, "--timeout", timeout, "Give up on a server that is silent for so long");

    return program.run(argc, argv);
}
