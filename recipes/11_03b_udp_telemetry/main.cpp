// The command line of 11.3b: parses, binds and hands over.
#include <spdlog/spdlog.h>

#include <cstdio>
#include <utility>

#include "common/cli/listening.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "options.hpp"
#include "udp_telemetry.hpp"

using namespace cookbook;
using namespace cookbook::udp_telemetry;

namespace {

asio::awaitable<void> serve_until_stopped(const ServerSettings& settings) {
    check(settings);
    udp::socket socket = open_server_socket(co_await this_coro::executor, settings);
    print_listening(to_string(socket.local_endpoint()));
    const Statistics statistics = co_await serve(std::move(socket), settings.options);
    spdlog::info("statistics {}", to_json(statistics));
}

}  // namespace

int main(int argc, char** argv) {
    ServerSettings server_settings;
    ClientSettings client_settings;
    AudienceSettings group_settings;

    Program program("11_03b_udp_telemetry", "11.3b UDP telemetry: who sends, and how much", demo);

    CLI::App& server = program.command("server", "Count and reply until SIGINT or SIGTERM",
                                       [&] { return serve_until_stopped(server_settings); });
    add_server_options(server, server_settings);

    CLI::App& client = program.command("client", "Send requests and print the replies", [&] {
        return ask(client_settings.address, client_settings.texts, client_settings.numbers,
                   client_settings.retries, stdout);
    });
    add_client_options(client, client_settings);
    program.add_texts(client, client_settings.texts, "TEXT",
                      "PING, TIME, STATS, or what is to be echoed");

    CLI::App& discovery = program.command("discover", "Find the servers in a group", [&] {
        return discover(group_settings.audience, group_settings.wait, stdout);
    });
    add_discover_options(discovery, group_settings);

    CLI::App& listener = program.command("listen", "Print what is sent to a group", [&] {
        return listen(group_settings.audience, group_settings.count, stdout);
    });
    add_listen_options(listener, group_settings);

    return program.run(argc, argv);
}
