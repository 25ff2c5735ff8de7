// The command line of 11.12: parses, binds and hands over.
#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "11_02_tcp_server/client.hpp"
#include "ask.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "common/cli/run.hpp"
#include "demo.hpp"
#include "options.hpp"
#include "services.hpp"
#include "sockets.hpp"

using namespace cookbook;
using namespace cookbook::event_loop;

namespace {

void print_sockets(const Ports& ports) {
    fmt::print("time on {}\nudp-echo on {}\nfibonacci on {}\n",
               to_string(HostPort{ports.host, ports.time}),
               to_string(HostPort{ports.host, ports.udp_echo}),
               to_string(HostPort{ports.host, ports.fibonacci}));
    print_listening(to_string(HostPort{ports.host, ports.echo}));
}

void serve_until_stopped(Serve* serve, const Ports& ports, const Options& options) {
    asio::io_context context;  // never run: each loop is of its own
    Sockets sockets = open_sockets(context.get_executor(), ports);
    const Ports bound = ports_of(sockets);
    run_blocking([&](const std::stop_token& stop) {
        serve(std::move(sockets), options, stop, [&] { print_sockets(bound); });
    });
}

}  // namespace

int main(int argc, char** argv) {
    Serve* serve = serve_epoll;
    Ports ports{.echo = 15000, .time = 14000, .udp_echo = 15000, .fibonacci = 16000};
    Options options;
    HostPort echo{.port = 15000};
    std::optional<std::string> message;
    asio::steady_timer::duration timeout = 60s;
    HostPort service{.port = 14000};
    std::vector<std::string> texts;
    udp_server::Retries retries;

    Program program("11_12_event_loop", "11.12 Event-driven I/O: four services on one thread",
                    demo);

    CLI::App& server = program.command("server", "Serve until SIGINT or SIGTERM",
                                       [&] { serve_until_stopped(serve, ports, options); });
    add_server_options(server, serve, ports, options);

    CLI::App& client =
        program.command("client", "Send a message to the TCP echo, or stdin, and print it", [&] {
            return message ? tcp_server::send_message(echo, *message, stdout, timeout)
                           : tcp_server::send_file(echo, STDIN_FILENO, stdout, timeout);
        });
    add_address(client, echo);
    client.add_option("--message", message, "What to send instead of stdin")->type_name("TEXT");
    add_seconds(client, "--timeout", timeout, "Give up on a server after this long a silence");

    CLI::App& question =
        program.command("ask", "Send datagrams to a UDP service, and print the replies",
                        [&] { return ask(service, texts, retries, stdout); });
    add_address(question, service);
    add_seconds(question, "--timeout", retries.timeout,
                "Wait for a reply; each further attempt waits twice as long");
    add_count(question, "--attempts", retries.attempts, "How often to send each datagram");
    program.add_texts(question, texts, "TEXT", "A datagram each; none: an empty one");

    return program.run(argc, argv);
}
