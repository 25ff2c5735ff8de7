// The command line of 11.6b: parses, binds and hands over.
#include <string>
#include <vector>

#include "11_10_tls/options.hpp"
#include "client.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "options.hpp"
#include "passwd.hpp"
#include "server.hpp"

using namespace cookbook;
using namespace cookbook::xml_rpc_service;

int main(int argc, char** argv) {
    ServerSettings settings;
    ClientOptions options;
    std::vector<std::string> name_and_roles;

    Program program("11_06b_xml_rpc_service",
                    "11.6b XML-RPC service: a table of methods, and who may call them", demo);

    CLI::App& server =
        program.command("server", "Offer methods until SIGINT, SIGTERM or system.shutdown",
                        [&] { return serve(settings); });
    add_server_options(server, settings);

    CLI::App& client = program.command(
        "client", "Call a method; without one, each line of stdin, [\"method\", argument, ...]",
        [&] { return run_client(options); });
    client.add_option("--user", options.user, "Who calls")->type_name("NAME");
    client.add_option("--password-file", options.password_file, "The file with the password")
        ->type_name("FILE");
    client.get_option("--user")->needs("--password-file");
    client.get_option("--password-file")->needs("--user");
    add_seconds(client, "--max-time", options.call.max_time, "For the whole call");
    tls::add_tls_client(client, options.call.tls);
    program.add_texts(client, options.call.texts, "URL [METHOD [JSON]]", "What to call");

    CLI::App& passwd = program.command(
        "passwd", "Print the line of a user for --users; the password is the first line of stdin",
        [&] { print_user(name_and_roles); });
    program.add_texts(passwd, name_and_roles, "NAME [ROLE]", "The user, and what roles it has");

    return program.run(argc, argv);
}
