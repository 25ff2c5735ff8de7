#include "commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <utility>

#include "client.hpp"
#include "common/cli/output.hpp"
#include "requests.hpp"
#include "response_count.hpp"
#include "standard_streams.hpp"

namespace cookbook::cidr_manager {

namespace {

/// Asks for one network, and prints it alone. Throws as call_for_network() and print_line() do.
asio::awaitable<void> print_network(const Options& options, const char* operation) {
    print_line(stdout, co_await call_for_network(options.server, options.request_for(operation),
                                                 options.timeout));
}

}  // namespace

void add_client_commands(Program& program, Options& options) {
    CLI::App& client = program.group("client", "Ask a server");
    const auto add_client = [&](const char* name, const char* description, Program::Body body) {
        CLI::App& command = program.command(client, name, description, std::move(body));
        add_client_options(command, options);
        return &command;
    };
    CLI::App& send = *add_client("send", "Send requests as they are, and print the responses", [&] {
        return send_requests(options.server, options.texts, STDIN_FILENO, stdout, options.timeout);
    });
    program.add_texts(send, options.texts, "JSON", "Requests; without any, each line of stdin");
    add_allocation(*add_client("allocate", "Allocate a network, and print it",
                               [&] { return print_network(options, "allocate"); }),
                   options);
    CLI::App& find = *add_client("find", "Print the network that allocate would give",
                                 [&] { return print_network(options, "find"); });
    add_pool(find, options);
    add_size(find, options);
    add_network(*add_client("release", "Give a network back, and print it",
                            [&] { return print_network(options, "release"); }),
                options);
    add_pool(*add_client("list", "Print each allocation's network and owner",
                         [&] {
                             return list_allocations(options.server, options.pool.value_or(""),
                                                     stdout, options.timeout);
                         }),
             options);
}

int answer_stdin() {
    bool failed = false;
    for_each_line(std::cin, [&failed](const std::string& line) {
        const std::string response = respond(parse_request(line), calculate);
        failed = failed || is_error(response);
        return print(response);
    });
    return failed ? 1 : 0;
}

}  // namespace cookbook::cidr_manager
