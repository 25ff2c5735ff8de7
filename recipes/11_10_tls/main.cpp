// The command line of 11.10: parses, binds and hands over.
#include <filesystem>
#include <utility>

#include "client.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "common/net/echo.hpp"
#include "demo.hpp"
#include "make_certs.hpp"
#include "options.hpp"
#include "tls.hpp"

using namespace cookbook;
using namespace cookbook::tls;

namespace {

asio::awaitable<void> serve_echo(HostPort address, ServerOptions options, Limits limits) {
    ServerCredentials credentials(std::move(options));
    const auto handle = [&](Stream& stream) { return echo(stream, limits.idle_timeout); };
    asio::awaitable<void> serving = listen_and_serve(address, [&](tcp::acceptor acceptor) {
        return serve(std::move(acceptor), limits, over_tls(credentials, handle));
    });
    co_await reload_on_hangup(credentials, std::move(serving));
}

}  // namespace

int main(int argc, char** argv) {
    HostPort address{.port = 20000};
    Limits limits;
    ServerOptions options;
    ClientSettings settings;
    std::filesystem::path folder;

    Program program("11_10_tls", "11.10 TLS: an echo server and its clients, encrypted", demo);

    CLI::App& server = program.command(
        "server", "Echo until SIGINT or SIGTERM; SIGHUP reads the certificate again",
        [&] { return serve_echo(address, options, limits); });
    add_address(server, address);
    add_tls_server(server, options);
    server.get_option("--cert")->required();
    add_limits(server, limits);

    CLI::App& client =
        program.command("client", "Send a message, or stdin, and print all that comes back",
                        [&] { return talk(settings); });
    add_client(client, settings);

    CLI::App& make = program.command(client, "make-certs",
                                     "Make a throwaway authority, and certificates of each kind",
                                     [&] { make_certs(folder); });
    make.add_option("folder", folder, "Where to put them")->type_name("DIR")->required();

    return program.run(argc, argv);
}
