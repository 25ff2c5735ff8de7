// The command line of 11.4b: parses, binds and hands over.
#include <utility>

#include "commands.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "options.hpp"
#include "service.hpp"
#include "table_file.hpp"

using namespace cookbook;
using namespace cookbook::cidr_manager;

namespace {

/// Listens first: a server that does not start leaves the plan as it is.
asio::awaitable<void> serve_plan(const Options& options) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, options.server);
    co_await with_plan(options.plan, options.pools, [&](Ledger& ledger) {
        print_listening(acceptor);
        return serve_requests(std::move(acceptor), options.service, ledger);
    });
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    Program program("11_04b_cidr_manager", "11.4b CIDR manager: planning an address space", demo);

    CLI::App& server = program.command("server", "Answer requests about a plan, which it keeps",
                                       [&] { return serve_plan(options); });
    add_server_options(server, options);

    add_client_commands(program, options);

    program.command("batch", "Answer the requests on stdin that need no plan",
                    [&] { return answer_stdin(); });
    CLI::App& lookup = program.command("lookup", "Print the longest prefix that has each address",
                                       [&] { print_look_ups(options.table, options.texts); });
    lookup.add_option("--table", options.table, "Lines \"PREFIX VALUE\"")
        ->type_name("FILE")
        ->required();
    program.add_texts(lookup, options.texts, "ADDRESS", "Without any, each line of stdin");

    return program.run(argc, argv);
}
