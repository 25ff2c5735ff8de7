// The command line of 11.9: parses, binds and hands over.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "client.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "echo.hpp"
#include "print_mac.hpp"
#include "settings.hpp"

using namespace cookbook;
using namespace cookbook::hmac_auth;

namespace {

asio::awaitable<void> serve_clients(Settings settings, Limits limits) {
    Mac mac = make_mac(settings);
    co_await listen_and_serve(settings.address, [&](tcp::acceptor acceptor) {
        return serve_echo(std::move(acceptor), std::move(mac), settings.options, limits);
    });
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    Limits limits;
    std::optional<std::string> message;
    asio::steady_timer::duration timeout = 60s;

    Program program("11_09_hmac_auth", "11.9 Authenticating clients: challenge and HMAC", demo);

    CLI::App& server = program.command("server", "Echo for those who know the key",
                                       [&] { return serve_clients(settings, limits); });
    add_handshake(server, settings);
    add_limits(server, limits);

    CLI::App& client =
        program.command("client", "Send a message, or stdin, and print its echo", [&] {
            return talk(settings.address, make_mac(settings), settings.options, message, stdout,
                        timeout);
        });
    add_handshake(client, settings);
    client.add_option("--message", message, "What to send instead of stdin")->type_name("TEXT");
    add_seconds(client, "--timeout", timeout, "Give up on a server after this long a silence");

    CLI::App& mac = program.command("mac", "Print the HMAC of stdin, in hex",
                                    [&] { print_mac(make_mac(settings)); });
    add_mac(mac, settings);

    return program.run(argc, argv);
}
