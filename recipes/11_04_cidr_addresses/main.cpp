// The command line of recipe 11.4: parses, binds and hands over.
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "11_04_cidr_addresses/cli/commands.hpp"
#include "11_04_cidr_addresses/cli/demo.hpp"
#include "11_04_cidr_addresses/cli/options.hpp"
#include "11_04_cidr_addresses/server/echo.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::cidr_addresses;

struct Options {
    HostPort server{.port = 20004};
    Limits limits;
    Admission admission;
    Network network;
    cidr_addresses::Address address;
    std::vector<std::string> texts;
    bool hosts = false;
    bool strict = false;
};

void print_info(const Options& options) {
    const HostBits host_bits = options.strict ? HostBits::refuse : HostBits::clear;
    if (options.texts.empty()) {
        print_info(std::cin, host_bits);
    } else {
        print_info(options.texts, host_bits);
    }
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    Program program("11_04_cidr_addresses",
                    "CIDR addresses: what 123.45.67.89/27 means, and whom it admits", demo);

    CLI::App& server = program.command("server", "An echo server that admits by address", [&] {
        return listen_and_serve(options.server, [&](tcp::acceptor acceptor) {
            return serve_echo(std::move(acceptor), options.limits, options.admission);
        });
    });
    add_address(server, options.server);
    add_limits(server, options.limits);
    add_networks(server, "--allow", options.admission.allow,
                 "Admit only peers from these networks; without this option, from all");
    add_networks(server, "--deny", options.admission.deny,
                 "Refuse peers from these networks, allowed or not");

    CLI::App& client = program.group("client", "Ask about addresses and networks");

    CLI::App& list =
        program.command(client, "list", "Print the addresses of a network, one per line",
                        [&] { return list_addresses(options.network, options.hosts); });
    add_network(list, options.network);
    list.add_flag("--hosts", options.hosts, "Only those that hosts may have");

    CLI::App& contains = program.command(
        client, "contains", "Say whether a network contains an address: status 0 or 1",
        [&] { return print_contains(options.network, options.address); });
    add_network(contains, options.network);
    add_address(contains, options.address);

    CLI::App& info =
        program.command(client, "info", "Print everything about each text, as a line of JSON",
                        [&] { return print_info(options); });
    info.add_flag("--strict", options.strict, "Refuse networks with host bits set");
    program.add_texts(info, options.texts, "TEXT",
                      "Addresses, networks, or any text; without it, each line of stdin");

    return program.run(argc, argv);
}
