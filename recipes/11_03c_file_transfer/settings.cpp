#include "settings.hpp"

#include <cstdint>
#include <filesystem>

#include "common/cli/options.hpp"

namespace cookbook::file_transfer {
namespace {

void add_times(CLI::App& command, Duration& timeout, Duration& give_up) {
    add_seconds(command, "--timeout", timeout,
                "Wait for the first reply, then send again; later waits are measured");
    add_seconds(command, "--give-up", give_up, "End a transfer that has not got on for this long");
}

/// Those that get and put have in common.
void add_client_options(CLI::App& client, ClientSettings& settings) {
    add_address(client, settings.server);
    client.add_option("--block", settings.block_size, "Bytes of a block to ask for")
        ->check(CLI::Range(min_block_size, max_block_size).description(""))
        ->capture_default_str();
    client
        .add_option("--window", settings.window,
                    "Blocks for each acknowledgement to ask for; more than 64 are not")
        ->check(CLI::Range(1, 65'535).description(""))
        ->capture_default_str();
    add_times(client, settings.timeout, settings.give_up);
}

}  // namespace

void add_server_options(CLI::App& server, ServerSettings& settings) {
    Options& options = settings.options;
    server.add_option("--root", settings.root, "The folder whose files are given away")
        ->type_name("DIR")
        ->required();
    add_address(server, settings.address);
    server.add_flag("--writable", options.writable, "Take files, too; none is overwritten");
    add_count(server, "--max-transfers", options.max_transfers,
              "Transfers at once; further ones are refused");
    server.add_option("--max-file", options.max_file, "Bytes of a file that is put")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U).description(""))
        ->capture_default_str();
    add_times(server, options.timeout, options.give_up);
    add_seconds(server, "--drain", options.drain_timeout,
                "After SIGINT or SIGTERM, let transfers finish for this long");
}

void add_get_options(CLI::App& command, ClientCommand& settings) {
    add_client_options(command, settings.settings);
    command.add_option("name", settings.name, "The file's name at the server")
        ->type_name("NAME")
        ->required();
    command
        .add_option("-o,--output", settings.path, "Where it goes, once it is whole; stdout without")
        ->type_name("FILE");
}

void add_put_options(CLI::App& command, ClientCommand& settings) {
    add_client_options(command, settings.settings);
    command.add_option("file", settings.path, "The file; - is stdin, which needs --as")
        ->type_name("FILE")
        ->required();
    command.add_option("--as", settings.name, "Its name at the server, if that is another")
        ->type_name("NAME");
}

std::string name_to_put(const ClientCommand& settings) {
    if (!settings.name.empty()) {
        return settings.name;
    }
    const std::string last = std::filesystem::path(settings.path).filename().string();
    if (last.empty() || settings.path == "-") {
        throw CLI::ValidationError("--as", "needed, since " + settings.path + " has no name");
    }
    return last;
}

}  // namespace cookbook::file_transfer
