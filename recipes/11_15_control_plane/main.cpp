// The command line of 11.15: parses, binds and hands over.
#include <cstdio>
#include <string>

#include "common/cli/listening.hpp"
#include "common/cli/output.hpp"
#include "common/cli/program.hpp"
#include "control_plane.hpp"
#include "demo.hpp"
#include "options.hpp"

using namespace cookbook;
using namespace cookbook::control_plane;

namespace {

asio::awaitable<void> run_server(ServerOptions options) {
    Doors doors = co_await open_doors(options);
    const std::string rest = to_string(doors.rest.local_endpoint());
    const std::string rpc = to_string(doors.rpc.local_endpoint());
    co_await serve(std::move(doors), options, [rest, rpc] {
        print_listening(rest);
        print_line(stdout, "xml-rpc on " + rpc);
    });
}

}  // namespace

int main(int argc, char** argv) {
    ServerOptions options;
    CertifySettings certificate;
    ClientSettings client;

    Program program("11_15_control_plane",
                    "11.15 Control plane: addresses for many, over REST, XML-RPC and WebSocket",
                    demo);
    add_server(program.command("server", "Serve until SIGINT or SIGTERM",
                               [&] { return run_server(options); }),
               options);
    add_certify(program, certificate);
    add_client(program, client);
    return program.run(argc, argv);
}
