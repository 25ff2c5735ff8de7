// The command line of recipe 11.4.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "commands.hpp"
#include "common/program.hpp"
#include "common/run.hpp"
#include "echo.hpp"
#include "network.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::cidr_addresses;

/// For CLI11: what `parse` refuses is bad usage, told in its words.
template <typename Parse>
auto checked(const char* name, const std::string& text, Parse parse) {
    try {
        return parse(text);
    } catch (const ParseError& error) {
        throw CLI::ValidationError(name, error.message());
    }
}

Network parse_network(const char* name, const std::string& text) {
    return checked(name, text,
                   [](const std::string& cidr) { return Network::parse(cidr, HostBits::clear); });
}

void add_network(CLI::App& command, Network& network) {
    command
        .add_option_function<std::string>(
            "network", [&](const std::string& text) { network = parse_network("network", text); },
            "192.0.2.0/24, 2001:db8::/125")
        ->type_name("CIDR")
        ->required();
}

void add_networks(CLI::App& command, const char* name, std::vector<Network>& networks,
                  const std::string& description) {
    command
        .add_option_function<std::vector<std::string>>(
            name,
            [name, &networks](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) {
                    networks.push_back(parse_network(name, text));
                }
            },
            description)
        ->type_name("CIDR");
}

struct Options {
    TcpAddress server{.port = 20004};
    Limits limits;
    Admission admission;
    Network network;
    cidr_addresses::Address address;
    std::string from = "127.0.0.1";
    std::vector<std::string> texts;
    bool hosts = false;
    bool strict = false;
};

asio::awaitable<void> listen_and_serve(const Options& options) {
    auto acceptor = listen(co_await this_coro::executor, options.server);
    announce(acceptor);
    co_await serve_echo(std::move(acceptor), options.limits, options.admission);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    Program program("11_04_cidr_addresses",
                    "CIDR addresses: what 123.45.67.89/27 means, and whom it admits", demo);

    CLI::App& server = program.command("server", "An echo server that admits by address", [&] {
        run(listen_and_serve(options));
        return 0;
    });
    add_address(server, options.server);
    add_limits(server, options.limits);
    add_networks(server, "--allow", options.admission.allow,
                 "Admit peers from these networks only; none given: from all");
    add_networks(server, "--deny", options.admission.deny,
                 "Refuse peers from these networks, allowed or not");

    std::function<int()> chosen;
    CLI::App& client =
        program.command("client", "Ask about addresses and networks", [&] { return chosen(); });
    client.require_subcommand(1);
    const auto add = [&](const char* name, const char* description, std::function<int()> body) {
        CLI::App* command = client.add_subcommand(name, description);
        command->fallthrough(false);  // a TEXT may be called "server"
        command->final_callback([&chosen, body = std::move(body)] { chosen = body; });
        return command;
    };

    CLI::App* list = add("list", "Print the addresses of a network, one a line",
                         [&] { return list_addresses(options.network, options.hosts); });
    add_network(*list, options.network);
    list->add_flag("--hosts", options.hosts, "Only those that hosts may have");

    CLI::App* contains =
        add("contains", "Say whether a network has an address: status 0 or 1", [&] {
            const bool yes = options.network.contains(options.address);
            std::puts(yes ? "yes" : "no");
            return yes ? 0 : 1;
        });
    add_network(*contains, options.network);
    contains
        ->add_option_function<std::string>(
            "address",
            [&](const std::string& text) {
                options.address = checked("address", text, cidr_addresses::Address::parse);
            },
            "192.0.2.1")
        ->type_name("ADDRESS")
        ->required();

    CLI::App* info = add("info", "Tell all about each text, as a line of JSON", [&] {
        const HostBits host_bits = options.strict ? HostBits::refuse : HostBits::clear;
        return options.texts.empty() ? print_info(std::cin, host_bits)
                                     : print_info(options.texts, host_bits);
    });
    info->add_flag("--strict", options.strict, "Refuse networks with host bits set");
    info->add_option("texts", options.texts,
                     "Addresses, networks, or what may be one; none: each line of stdin")
        ->type_name("TEXT");

    return program.run(argc, argv);
}
