// The client of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "trust.hpp"

namespace cookbook::tls {

struct ClientSettings {
    HostPort address{.port = 20000};
    std::string name;  // what the certificate must be for; the host if empty
    ClientOptions tls;
    std::optional<std::filesystem::path> session;  // where a session is kept for the next time
    bool info = false;                             // say on stderr what was agreed upon
    std::optional<std::string> message;            // what to send, instead of stdin
    asio::steady_timer::duration timeout = 60s;    // of the server's silence
};

/// --host, --port, --name, what add_tls_client() adds, --session, --info, --message and
/// --timeout.
void add_client(CLI::App& command, ClientSettings& settings);

/// Sends the message, or stdin, then close_notify, and prints all that comes back on stdout, until
/// the server's close_notify. Throws as connect_tls() and Conversation do, and std::system_error,
/// "handshake with HOST:PORT: reason", if the server refuses us later.
asio::awaitable<void> talk(ClientSettings settings);

}  // namespace cookbook::tls
