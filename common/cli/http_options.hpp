// Options of the recipes that serve HTTP.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "common/http/limits.hpp"

namespace cookbook {

/// What add_limits() adds, and --max-head, --max-body and --message-time.
void add_http_limits(CLI::App& command, http::Limits& limits);

/// --cors, whose pages may use the service. What no field can have is bad usage.
void add_cors(CLI::App& command, std::string& origin);

}  // namespace cookbook
