// Options of programs that speak TLS. Each keeps its value in the struct that it is given, which
// must outlive the command and holds the defaults.
#pragma once

#include <CLI/CLI.hpp>

#include "credentials.hpp"
#include "trust.hpp"

namespace cookbook::tls {

/// --cert and --key, which need each other, and --client-ca, --client-auth, --alpn, --min-version
/// and --handshake-time, which need --cert: a server without a certificate would ignore them.
void add_tls_server(CLI::App& command, ServerOptions& options);

/// --cacert, --cert and --key, --alpn, --min-version, --handshake-time and --insecure.
void add_tls_client(CLI::App& command, ClientOptions& options);

}  // namespace cookbook::tls
