// The command line of 11.5: parses, binds and hands over.
#include <cstdio>
#include <string>
#include <utility>

#include "client.hpp"
#include "common/cli/http_options.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/output.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "rest_interface.hpp"

using namespace cookbook;
using namespace cookbook::rest_interface;

namespace {

asio::awaitable<void> show(HostPort server, std::string target) {
    print_line(stdout, co_await fetch(server, target));
}

}  // namespace

int main(int argc, char** argv) {
    HostPort address{.port = 8080};
    Options options;
    std::string resource = "hello";
    std::string name = "Guido";

    Program program("11_05_rest_interface", "11.5 REST interface: a web service out of functions",
                    demo);

    CLI::App& server = program.command("server", "Serve until SIGINT or SIGTERM", [&] {
        return listen_and_serve(
            address, [&](tcp::acceptor acceptor) { return serve(std::move(acceptor), options); });
    });
    add_address(server, address);
    add_http_limits(server, options.limits);
    add_count(server, "--max-requests", options.max_requests, "Requests at once; more get 503");
    add_cors(server, options.origin);

    CLI::App& client = program.command("client", "Get one resource and print it", [&] {
        return show(address, resource == "hello" ? hello_target(name) : "/" + resource);
    });
    add_address(client, address);
    client.add_option("resource", resource, "hello or localtime")
        ->type_name("RESOURCE")
        ->check(CLI::IsMember({"hello", "localtime"}))
        ->capture_default_str();
    client.add_option("--name", name, "Whom to greet")->capture_default_str();

    return program.run(argc, argv);
}
