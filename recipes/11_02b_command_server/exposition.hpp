// Metrics as texts: Prometheus' exposition format, and the response to STATS.
#pragma once

#include <string>
#include <string_view>

#include "metrics.hpp"

namespace cookbook::command_server {

inline constexpr std::string_view exposition_type = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics in Prometheus' text format, version 0.0.4.
std::string exposition(const Metrics& metrics);

/// The response to STATS: an object of JSON on one line, without its line feed.
std::string to_json(const Metrics& metrics, TimePoint now);

}  // namespace cookbook::command_server
