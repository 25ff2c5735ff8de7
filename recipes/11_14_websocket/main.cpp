// The command line of 11.14: parses, binds and hands over.
#include <unistd.h>

#include <cstdio>

#include "common/cli/program.hpp"
#include "demo.hpp"
#include "options.hpp"

using namespace cookbook;
using namespace cookbook::websocket;

int main(int argc, char** argv) {
    ServerSettings server;
    ClientSettings client;
    ConnectSettings connect;

    Program program("11_14_websocket", "11.14 WebSocket: a chat room for browsers and terminals",
                    demo);

    CLI::App& serve =
        program.command("server", "Serve the chat and its page until SIGINT or SIGTERM",
                        [&] { return run_server(server); });
    add_server(serve, server);

    CLI::App& chat = program.command("client", "Say each line of stdin, show what others say",
                                     [&] { return take_part(client, STDIN_FILENO, stdout); });
    add_chat_client(chat, client);

    CLI::App& any = program.command("connect", "Talk to any WebSocket: lines out, messages in",
                                    [&] { return talk_to(connect, STDIN_FILENO, stdout); });
    add_connect(any, connect);

    return program.run(argc, argv);
}
