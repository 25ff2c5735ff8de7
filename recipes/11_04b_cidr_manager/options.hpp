// What the command line says.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "11_04b_cidr_manager/service.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::cidr_manager {

struct Options {
    HostPort server{.port = 20014};
    ServiceOptions service;
    std::string plan;
    std::vector<Network> pools;
    std::vector<std::string> texts;
    std::string table;
    asio::steady_timer::duration timeout = std::chrono::seconds(60);

    std::optional<std::string> pool;
    std::optional<std::string> network;
    std::optional<std::int64_t> hosts;
    std::optional<std::int64_t> prefix;
    std::optional<std::string> owner;
    std::optional<std::string> request;

    /// The request with those of the last six that are there.
    [[nodiscard]] boost::json::object request_for(const char* operation) const;
};

/// The server's options; text that is no network is a usage error.
void add_server_options(CLI::App& command, Options& options);
/// --host, --port and --timeout.
void add_client_options(CLI::App& command, Options& options);
/// --pool; and --hosts or --prefix, one of which must be there.
void add_pool(CLI::App& command, Options& options);
CLI::Option_group& add_size(CLI::App& command, Options& options);
/// The argument of release.
void add_network(CLI::App& command, Options& options);
/// What allocate takes: --network, too, for whom, and a token.
void add_allocation(CLI::App& command, Options& options);

}  // namespace cookbook::cidr_manager
