// The command line of 11.1: parses, binds and hands over.
#include <fmt/format.h>

#include "common/cli/http_options.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "httpbin/httpbin.hpp"

using namespace cookbook;
using namespace cookbook::http_client;

int main(int argc, char** argv) {
    HostPort address{.port = 8080};
    http::Limits limits;
    Program program("11_01_http_client", "11.1 HTTP client", [] { fmt::print("to come\n"); });

    CLI::App& server = program.command(
        "server", "Show clients what they send (a small httpbin), until SIGINT or SIGTERM", [&] {
            return listen_and_serve(address, [&](tcp::acceptor acceptor) {
                return serve_httpbin(std::move(acceptor), limits);
            });
        });
    add_address(server, address);
    add_http_limits(server, limits);

    return program.run(argc, argv);
}
