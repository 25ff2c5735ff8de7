// The command line of 11.6: parses, binds and hands over.
#include <utility>

#include "11_10_tls/options.hpp"
#include "11_10_tls/tls.hpp"
#include "client.hpp"
#include "common/cli/http_options.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "xml_rpc.hpp"

using namespace cookbook;
using namespace cookbook::xml_rpc;

namespace {

asio::awaitable<void> serve(HostPort address, ServerOptions options) {
    return listen_and_serve(address, [options](tcp::acceptor acceptor) {
        return serve_store(std::move(acceptor), options);
    });
}

asio::awaitable<void> serve_tls(HostPort address, ServerOptions options, tls::ServerOptions files) {
    tls::ServerCredentials credentials(std::move(files));
    asio::awaitable<void> serving = listen_and_serve(address, [&](tcp::acceptor acceptor) {
        return serve_store(std::move(acceptor), options, tls::over_tls(credentials));
    });
    co_await tls::reload_on_hangup(credentials, std::move(serving));
}

}  // namespace

int main(int argc, char** argv) {
    HostPort address{.port = 15000};
    ServerOptions options;
    tls::ServerOptions tls_options;
    ClientSettings settings;

    Program program("11_06_xml_rpc", "11.6 XML-RPC: call functions elsewhere, in any language",
                    demo);

    CLI::App& server =
        program.command("server", "Keep values by name until SIGINT or SIGTERM", [&] {
            return tls_options.cert.empty() ? serve(address, options)
                                            : serve_tls(address, options, tls_options);
        });
    add_address(server, address);
    add_count(server, "--max-depth", options.read_limits.max_depth, "Arrays and structs nested");
    add_count(server, "--max-values", options.read_limits.max_values, "Values in one call");
    add_count(server, "--max-store", options.max_store, "Bytes of names and values together");
    tls::add_tls_server(server, tls_options);
    add_http_limits(server, options.limits);

    CLI::App& client = program.command(
        "client",
        "Call a method and print its result; decode: print the document on stdin, as JSON",
        [&] { return run_client(settings); });
    add_seconds(client, "--max-time", settings.max_time, "For the whole call");
    tls::add_tls_client(client, settings.tls);
    program.add_texts(client, settings.texts, "URL METHOD [JSON]", "What to call; or decode");

    return program.run(argc, argv);
}
