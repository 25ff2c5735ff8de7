// The server of the command line.
#pragma once

#include <CLI/CLI.hpp>

#include "11_07_messaging/settings.hpp"
#include "11_08_rpc/session/session.hpp"
#include "common/net/serve.hpp"

namespace cookbook::rpc {

struct ServerSettings {
    messaging::Settings connection;
    Limits limits;
    SessionOptions session;
    bool zmq = false;
};

/// What messaging::add_settings() and add_limits() add, --zmq and --max-calls.
void add_server_settings(CLI::App& command, ServerSettings& settings);

/// Serves example_functions(), over 11.7's connections or over ZeroMQ, until it is cancelled.
asio::awaitable<void> run_server(ServerSettings settings);

}  // namespace cookbook::rpc
