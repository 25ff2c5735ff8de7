// The command line of 11.5b: parses, binds and hands over.
#include <utility>

#include "common/cli/listening.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "options.hpp"
#include "rest_api.hpp"

using namespace cookbook;
using namespace cookbook::rest_api;

namespace {

asio::awaitable<void> serve_database(HostPort address, Options options) {
    Database database(options.database);
    co_await listen_and_serve(address, [&](tcp::acceptor acceptor) {
        return serve(std::move(acceptor), database, options);
    });
}

}  // namespace

int main(int argc, char** argv) {
    HostPort address{.port = 5000};
    Options options;
    ClientSettings client;
    KeySettings keys;

    Program program("11_05b_rest_api",
                    "11.5b REST API on a database: things with keys and versions", demo);
    CLI::App& server = program.command("server", "Serve until SIGINT or SIGTERM",
                                       [&] { return serve_database(address, options); });
    add_server(server, address, options);
    add_client(program, client);
    add_key_commands(program, keys);
    return program.run(argc, argv);
}
