// The options of the commands.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "11_03_udp_server/call.hpp"
#include "client.hpp"
#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "groups.hpp"
#include "server.hpp"

namespace cookbook::udp_telemetry {

/// All that the server can be told.
struct ServerSettings {
    HostPort address{.port = 9999};
    std::optional<int> receive_buffer = {};
    std::vector<asio::ip::address> groups = {};
    GroupRoute route = {};
    Options options = {};
};

void add_server_options(CLI::App& server, ServerSettings& settings);

/// Throws CLI::ValidationError if a server on this host cannot join a group, or send the beacon.
void check(const ServerSettings& settings);

/// All that the client can be told.
struct ClientSettings {
    HostPort address{.port = 9999};
    std::vector<std::string> texts = {};
    std::vector<std::uint32_t> numbers = {};
    udp_server::Retries retries = {};
};

/// All but its texts.
void add_client_options(CLI::App& client, ClientSettings& settings);

/// All that discover and listen can be told.
struct AudienceSettings {
    Audience audience = {};
    asio::steady_timer::duration wait = 500ms;
    std::optional<std::size_t> count = {};
};

void add_discover_options(CLI::App& command, AudienceSettings& settings);
void add_listen_options(CLI::App& command, AudienceSettings& settings);

/// Opens the server's socket, joins its groups and sets its route. Throws std::system_error.
udp::socket open_server_socket(const asio::any_io_executor& executor,
                               const ServerSettings& settings);

}  // namespace cookbook::udp_telemetry
