// The options of the server and of the worker.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "common/net/address.hpp"
#include "common/net/serve.hpp"
#include "join.hpp"
#include "take_over.hpp"

namespace cookbook::fd_passing {

struct ServerOptions {
    HostPort address{.port = 15'000};
    std::optional<std::string> workers;  // the path; without it, workers are forked
    std::size_t forked = 2;
    std::optional<std::string> control;
    bool take_over = false;
    std::string authkey_file;
    messaging::Options messaging;
    Limits limits;
};
void add_server_options(CLI::App& server, ServerOptions& options);

struct WorkerOptions {
    WorkerSettings settings;
    std::string authkey_file;
};
void add_worker_options(CLI::App& worker, WorkerOptions& options);

}  // namespace cookbook::fd_passing
