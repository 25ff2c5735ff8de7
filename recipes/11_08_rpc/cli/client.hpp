// The client of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "11_07_messaging/settings.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "common/async/asio.hpp"

namespace cookbook::rpc {

struct ClientSettings {
    messaging::Settings connection;
    bool zmq = false;
    /// Over ZeroMQ, pickle is tuple: the original's calls are pickled once there.
    Form form = Form::pickle;
    /// For each call; the server is told of it if the form has a way to. A single call takes no
    /// longer than this, connecting included.
    std::optional<asio::steady_timer::duration> timeout;
    /// The function and its arguments; if there are none, each line of stdin is a call.
    std::vector<std::string> texts;
};

/// What messaging::add_settings() adds, --zmq, --form and --timeout.
void add_client_settings(CLI::App& command, ClientSettings& settings);

/// Connects, calls, and prints what comes of it (results.hpp). Throws CLI::ValidationError, before
/// it returns a coroutine, if an argument is no JSON.
asio::awaitable<void> run_client(ClientSettings settings);

}  // namespace cookbook::rpc
