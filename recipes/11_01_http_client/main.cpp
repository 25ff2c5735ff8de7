// The command line of 11.1: parses, binds and hands over.
#include <utility>

#include "client.hpp"
#include "common/cli/http_options.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "httpbin/httpbin.hpp"
#include "options.hpp"

using namespace cookbook;
using namespace cookbook::http_client;

namespace {

int fetch(ClientSettings& settings) {
    std::size_t failures = 0;
    run(fetch_all(std::move(settings), failures));  // a body from stdin must end with the loop
    return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    ClientSettings settings;
    HostPort address{.port = 8080};
    http::Limits limits;

    Program program("11_01_http_client", "11.1 HTTP client: get, send and change what servers have",
                    demo);

    CLI::App& server = program.command(
        "server", "Show clients what they send (a small httpbin), until SIGINT or SIGTERM", [&] {
            return listen_and_serve(address, [&](tcp::acceptor acceptor) {
                return serve_httpbin(std::move(acceptor), limits);
            });
        });
    add_address(server, address);
    add_http_limits(server, limits);

    CLI::App& client = program.command("client", "Send a request to each URL, and print the body",
                                       [&] { return fetch(settings); });
    add_client(client, settings);

    return program.run(argc, argv);
}
