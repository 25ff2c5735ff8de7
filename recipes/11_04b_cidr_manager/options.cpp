#include "options.hpp"

#include "common/cli/options.hpp"

namespace cookbook::cidr_manager {

namespace json = boost::json;

json::object Options::request_for(const char* operation) const {
    json::object members{{"op", operation}};
    const auto add = [&members](const char* name, const auto& value) {
        if (value) {
            members[name] = *value;
        }
    };
    add("pool", pool);
    add("network", network);
    add("hosts", hosts);
    add("prefix", prefix);
    add("owner", owner);
    add("request", request);
    return members;
}

void add_server_options(CLI::App& command, Options& options) {
    add_address(command, options.server);
    add_limits(command, options.service.limits);
    add_count(command, "--max-line", options.service.max_line, "Bytes of a request");
    command.add_option("--plan", options.plan, "The plan's file, created if there is none")
        ->type_name("FILE")
        ->required();
    const auto append = [&options](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
            try {
                options.pools.push_back(Network::parse(text, HostBits::clear));
            } catch (const cidr_addresses::ParseError& error) {
                throw CLI::ValidationError("--pool", error.message());
            }
        }
    };
    command
        .add_option_function<std::vector<std::string>>(
            "--pool", append, "Networks that the plan may allocate from; added if it lacks them")
        ->type_name("CIDR");
}

void add_client_options(CLI::App& command, Options& options) {
    add_address(command, options.server);
    add_seconds(command, "--timeout", options.timeout,
                "Give up on a server after this long a silence");
}

void add_pool(CLI::App& command, Options& options) {
    command.add_option("--pool", options.pool, "The pool")
        ->type_name("CIDR")
        ->check(is_utf8_text());
}

CLI::Option_group& add_size(CLI::App& command, Options& options) {
    CLI::Option_group& size = *command.add_option_group("size", "How large a network");
    size.add_option("--hosts", options.hosts, "The smallest network for so many hosts")
        ->type_name("N");
    size.add_option("--prefix", options.prefix, "A network of this prefix length")
        ->type_name("LENGTH");
    size.require_option(1);
    return size;
}

void add_network(CLI::App& command, Options& options) {
    command.add_option("network", options.network, "As it was allocated")
        ->type_name("CIDR")
        ->check(is_utf8_text())
        ->required();
}

void add_allocation(CLI::App& command, Options& options) {
    add_pool(command, options);
    add_size(command, options)
        .add_option("--network", options.network, "This network")
        ->type_name("CIDR")
        ->check(is_utf8_text());
    command.add_option("--owner", options.owner, "Who gets it")
        ->type_name("TEXT")
        ->check(is_utf8_text());
    command
        .add_option("--request", options.request,
                    "Asked again with the same token, the server gives the same network")
        ->type_name("TOKEN")
        ->check(is_utf8_text());
}

}  // namespace cookbook::cidr_manager
