// The command line of 11.3c: parses, binds and hands over.
#include <string>
#include <utility>

#include "11_03_udp_server/socket.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "file_transfer.hpp"
#include "settings.hpp"

using namespace cookbook;
using namespace cookbook::file_transfer;

namespace {

asio::awaitable<void> serve_until_stopped(const ServerSettings& settings) {
    const RootFolder root(settings.root);
    udp::socket socket = udp_server::open_socket(co_await this_coro::executor, settings.address);
    print_listening(to_string(socket.local_endpoint()));
    co_await serve(std::move(socket), root, settings.options);
}

}  // namespace

int main(int argc, char** argv) {
    ServerSettings server_settings;
    ClientCommand client;

    Program program("11_03c_file_transfer",
                    "11.3c Reliable file transfer: TFTP with a sliding window", demo);

    CLI::App& server =
        program.command("server", "Give files of a folder away until SIGINT or SIGTERM",
                        [&] { return serve_until_stopped(server_settings); });
    add_server_options(server, server_settings);

    const Program::Body run_get = [&] { return get(client.settings, client.name, client.path); };
    const Program::Body run_put = [&] {
        return put(client.settings, client.path, name_to_put(client));
    };
    const std::string get_summary = "Get a file from a server";
    const std::string put_summary = "Put a file onto a server";
    add_get_options(program.command("get", get_summary, run_get), client);
    add_put_options(program.command("put", put_summary, run_put), client);
    CLI::App& group = program.group("client", "The same two, where other recipes have them");
    add_get_options(program.command(group, "get", get_summary, run_get), client);
    add_put_options(program.command(group, "put", put_summary, run_put), client);

    return program.run(argc, argv);
}
