// The command line of 11.11: parses, binds and hands over.
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "11_02_tcp_server/client.hpp"
#include "common/cli/authkey.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "options.hpp"
#include "start.hpp"

using namespace cookbook;
using namespace cookbook::fd_passing;

int main(int argc, char** argv) {
    ServerOptions server_options;
    WorkerOptions worker_options;
    HostPort address{.port = 15'000};
    std::optional<std::string> message;
    asio::steady_timer::duration timeout = 60s;

    Program program("11_11_fd_passing",
                    "11.11 Passing descriptors: one process accepts, others serve; and a restart "
                    "without a gap",
                    demo);

    CLI::App& server =
        program.command("server", "Accept and hand over to workers, until SIGINT or SIGTERM",
                        [&] { start_server(server_options); });
    add_server_options(server, server_options);

    CLI::App& worker = program.command("worker", "Echo what a server hands over", [&] {
        return work(worker_options.settings,
                    std::make_shared<Key>(read_authkey(worker_options.authkey_file)));
    });
    add_worker_options(worker, worker_options);

    CLI::App& client =
        program.command("client", "Send a message, or stdin, and print all that comes back", [&] {
            return message ? tcp_server::send_message(address, *message, stdout, timeout)
                           : tcp_server::send_file(address, STDIN_FILENO, stdout, timeout);
        });
    add_address(client, address);
    client.add_option("--message", message, "What to send instead of stdin")->type_name("TEXT");
    add_seconds(client, "--timeout", timeout, "Give up on a server after this long a silence");

    return program.run(argc, argv);
}
