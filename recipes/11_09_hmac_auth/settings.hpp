// What a command line settles before server and client begin.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "common/net/address.hpp"
#include "hmac_auth.hpp"

namespace cookbook::hmac_auth {

struct Settings {
    HostPort address{.port = 18000};
    std::string authkey_file;
    Digest digest = Digest::sha256;
    Options options = {};
};

/// --authkey-file and --digest. They keep their values in `settings`, which must outlive the
/// command.
void add_mac(CLI::App& command, Settings& settings);

/// --host and --port, what add_mac() adds, --mutual and --handshake.
void add_handshake(CLI::App& command, Settings& settings);

/// The digest with the key, of which it keeps the only copy. Throws as read_authkey() and Mac do.
Mac make_mac(const Settings& settings);

}  // namespace cookbook::hmac_auth
