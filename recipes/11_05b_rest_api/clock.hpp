// Times as the service writes them: RFC 3339, UTC, so that texts sort as times do.
#pragma once

#include <chrono>
#include <string>

namespace cookbook::rest_api {

/// "2026-11-27T21:26:57.123Z".
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time);

[[nodiscard]] std::string now();

}  // namespace cookbook::rest_api
