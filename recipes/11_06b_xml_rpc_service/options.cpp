#include "options.hpp"

#include <stdexcept>
#include <string>

#include "11_04_cidr_addresses/cli/options.hpp"
#include "11_10_tls/options.hpp"
#include "common/cli/http_options.hpp"
#include "common/cli/options.hpp"

namespace cookbook::xml_rpc_service {
namespace {

/// Empty if it is a role.
std::string why_no_role(const std::string& text) try {
    check_role(text);
    return "";
} catch (const std::invalid_argument& failure) {
    return failure.what();
}

void add_access_options(CLI::App& server, ServerSettings& settings) {
    AccessOptions& access = settings.service.access;
    server.add_option("--users", settings.users, "Who may call what: lines that passwd prints")
        ->type_name("FILE");
    server.add_option("--anonymous", settings.anonymous, "The roles of callers without a password")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Validator(why_no_role, ""))
        ->type_name("ROLE[,ROLE]");
    using cidr_addresses::HostBits;
    cidr_addresses::add_networks(server, "--allow", access.admission.allow,
                                 "Admit only peers from these networks; else all",
                                 HostBits::refuse);
    cidr_addresses::add_networks(server, "--deny", access.admission.deny,
                                 "Refuse peers from these networks, allowed or not",
                                 HostBits::refuse);
    add_count(server, "--rate", access.rate.rate, "Calls a second, for each peer");
    add_count(server, "--burst", access.rate.burst, "Calls that a peer may make at once");
}

void add_call_limits(CLI::App& server, ServiceOptions& options) {
    add_count(server, "--max-depth", options.read_limits.max_depth, "Arrays and structs nested");
    add_count(server, "--max-values", options.read_limits.max_values, "Values in one request");
    add_count(server, "--max-calls", options.multicall.max_calls, "Calls in one multicall");
    add_count(server, "--max-results", options.multicall.max_results,
              "Bytes of a multicall's results together");
}

}  // namespace

void add_server_options(CLI::App& server, ServerSettings& settings) {
    add_address(server, settings.address);
    server
        .add_option("--root", settings.service.root,
                    "The folder of file.list and file.info; without it there are no files")
        ->type_name("DIR");
    add_access_options(server, settings);
    add_call_limits(server, settings.service);
    tls::add_tls_server(server, settings.tls);
    add_http_limits(server, settings.service.limits);
}

ServiceOptions service_options(const ServerSettings& settings) {
    ServiceOptions options = settings.service;
    options.access.anonymous = {settings.anonymous.begin(), settings.anonymous.end()};
    if (settings.users) {
        options.access.users = Users::read(*settings.users);
    }
    return options;
}

}  // namespace cookbook::xml_rpc_service
