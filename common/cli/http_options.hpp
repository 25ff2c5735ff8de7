// Options of the recipes that serve HTTP.
#pragma once

#include <CLI/CLI.hpp>

#include "common/http/limits.hpp"

namespace cookbook {

/// What add_limits() adds, and --max-head, --max-body and --message-time.
void add_http_limits(CLI::App& command, http::Limits& limits);

}  // namespace cookbook
