// The command line of 11.3: parses, binds and hands over.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "client.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "common/cli/run.hpp"
#include "demo.hpp"
#include "socket.hpp"
#include "udp_server.hpp"

using namespace cookbook;
using namespace cookbook::udp_server;

namespace {

void serve_until_stopped(const HostPort& address, std::optional<int> receive_buffer,
                         const std::string& style, const Options& options) {
    asio::io_context context;  // never run: the coroutine style has its own, the other none
    udp::socket socket = open_socket(context.get_executor(), address, receive_buffer);
    const auto* chosen = std::ranges::find(styles, style, &Style::name);
    run_blocking([&](const std::stop_token& stop) {
        print_listening(to_string(socket.local_endpoint()));
        const Counts counts = chosen->serve(std::move(socket), options, stop);
        spdlog::info(
            "answered {}, ignored {}; {} requests were cut, {} replies not sent, {} "
            "datagrams dropped",
            counts.answered, counts.ignored, counts.cut, counts.unsent, counts.dropped);
    });
}

}  // namespace

int main(int argc, char** argv) {
    HostPort address{.port = 20000};
    std::optional<int> receive_buffer;
    std::string style = "coroutine";
    Options options;
    std::size_t count = 1;
    Retries retries;

    Program program("11_03_udp_server", "11.3 UDP server: the time of day in two styles", show_all);

    CLI::App& server = program.command("server", "Tell the time until SIGINT or SIGTERM", [&] {
        serve_until_stopped(address, receive_buffer, style, options);
    });
    add_address(server, address);
    server.add_option("--style", style, "How datagrams are served")
        ->check(CLI::IsMember({"coroutine", "threads"}))
        ->capture_default_str();
    add_count(server, "--workers", options.workers, "Threads of style threads");
    add_seconds(server, "--work", options.work, "How long each answer takes", 0);
    add_count(server, "--max-in-flight", options.max_in_flight,
              "Answers of style coroutine under way at once; further requests wait");
    server.add_option("--receive-buffer", receive_buffer, "For datagrams that wait to be received")
        ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""))
        ->type_name("BYTES");
    add_seconds(server, "--drain", options.drain_timeout,
                "After SIGINT or SIGTERM, let answers finish for this long");

    CLI::App& client = program.command(
        "client", "Ask for the time", [&] { return print_times(address, count, retries, stdout); });
    add_address(client, address);
    add_count(client, "--count", count, "How often");
    add_seconds(client, "--timeout", retries.timeout,
                "Wait for a reply; each further attempt waits twice as long");
    add_count(client, "--attempts", retries.attempts, "How often to send each request");
    client.add_flag("--plain", retries.new_port,
                    "Empty requests, each attempt from a new port: for servers that know no ids");

    return program.run(argc, argv);
}
