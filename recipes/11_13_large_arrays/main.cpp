// The command line of 11.13: parses, binds and hands over.
#include <cstdio>
#include <utility>

#include "client.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "common/net/generic.hpp"
#include "demo.hpp"
#include "server.hpp"
#include "settings.hpp"

using namespace cookbook;
using namespace cookbook::large_arrays;

namespace {

asio::awaitable<void> serve_clients(Settings settings, Limits limits) {
    Offer offer = settings.offer();
    StreamAcceptor acceptor = listen(co_await this_coro::executor, settings.address());
    const SocketFile file(settings.address());
    print_listening(to_string(local_address(acceptor)));
    co_await serve_array(std::move(acceptor), std::move(offer), limits);
}

asio::awaitable<void> fetch(Settings settings) {
    if (settings.raw) {
        settings.acceptance.raw_count = settings.count;
    }
    co_await fetch_array(settings.address(), settings.acceptance, settings.file, stdout);
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    Limits limits;

    Program program("11_13_large_arrays",
                    "11.13 Large arrays: sent from where they are, received where they stay", demo);

    CLI::App& server = program.command("server", "Send an array to each client, until SIGINT",
                                       [&] { return serve_clients(settings, limits); });
    add_server_settings(server, settings);
    add_limits(server, limits);

    CLI::App& client = program.command("client", "Receive an array, and print what it is",
                                       [&] { return fetch(settings); });
    add_client_settings(client, settings);

    return program.run(argc, argv);
}
