// The command line of 11.1b: parses, binds and hands over.
#include <utility>

#include "commands.hpp"
#include "common/cli/http_options.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "flaky.hpp"
#include "options.hpp"

using namespace cookbook;
using namespace cookbook::resilient_client;

namespace {

int fetch(CommandSettings& settings) {
    bool all_ok = false;
    run(fetch_urls(std::move(settings), all_ok));
    return all_ok ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CommandSettings settings;
    HostPort address{.port = 8080};
    http::Limits limits;

    Program program("11_01b_resilient_client",
                    "11.1b Resilient HTTP client: many requests, to servers that fail", demo);

    CLI::App& server = program.command(
        "server", "11.1's httpbin, and resources that fail when told to, until SIGINT or SIGTERM",
        [&] {
            return listen_and_serve(address, [&](tcp::acceptor acceptor) {
                return serve_flaky(std::move(acceptor), limits);
            });
        });
    add_address(server, address);
    add_http_limits(server, limits);

    CLI::App& client = program.command("client", "Fetch each URL, and print a line of JSON for it",
                                       [&] { return fetch(settings); });
    add_client(client, settings);

    return program.run(argc, argv);
}
