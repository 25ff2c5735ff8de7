// The server of the command line.
#pragma once

#include "common/async/asio.hpp"
#include "options.hpp"

namespace cookbook::xml_rpc_service {

/// Offers the methods, over TLS if there is a certificate, until the caller is cancelled or
/// system.shutdown is called. Throws what the files' readers throw, before it listens.
asio::awaitable<void> serve(ServerSettings settings);

}  // namespace cookbook::xml_rpc_service
