// The command line of 11.8: parses, binds and hands over.
#include "cli/client.hpp"
#include "cli/demo.hpp"
#include "cli/server.hpp"
#include "common/cli/program.hpp"

using namespace cookbook;
using namespace cookbook::rpc;

int main(int argc, char** argv) {
    ServerSettings serving;
    ClientSettings calling;
    serving.connection.tcp.port = calling.connection.tcp.port = 17000;

    Program program("11_08_rpc",
                    "11.8 Remote procedure calls: functions, keyword arguments and exceptions that "
                    "travel, to and from Python",
                    demo);

    CLI::App& server = program.command("server", "Let peers call a few functions",
                                       [&] { return run_server(serving); });
    add_server_settings(server, serving);

    CLI::App& client = program.command("client", "Call a function and print its result",
                                       [&] { return run_client(calling); });
    add_client_settings(client, calling);
    program.add_texts(client, calling.texts, "NAME [JSON...] [KEYWORD=JSON]",
                      "The function and its arguments; without them, each line of stdin is a call");

    return program.run(argc, argv);
}
