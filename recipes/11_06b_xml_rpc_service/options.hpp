// The options of the server.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "11_10_tls/credentials.hpp"
#include "common/net/address.hpp"
#include "xml_rpc_service.hpp"

namespace cookbook::xml_rpc_service {

struct ServerSettings {
    HostPort address{.port = 8000};
    ServiceOptions service = {};
    std::optional<std::filesystem::path> users = {};
    std::vector<std::string> anonymous = {};  // roles
    tls::ServerOptions tls = {};              // without a certificate: HTTP
};

/// `settings` must outlive the command.
void add_server_options(CLI::App& server, ServerSettings& settings);

/// The options of a service, its users read. Throws as Users::read() does.
[[nodiscard]] ServiceOptions service_options(const ServerSettings& settings);

}  // namespace cookbook::xml_rpc_service
