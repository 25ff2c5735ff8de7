// Middleware: functions from Application to Application. Each calls the one that it wraps.
#pragma once

#include <cstddef>
#include <string>

#include "common/http/application.hpp"

namespace cookbook::rest_interface {

/// Logs each request: "127.0.0.1 GET /hello 200 0.1 ms". The query, which may hold secrets, is left
/// out.
[[nodiscard]] http::Application logged(http::Application next);

/// Lets pages of `origin` ("*": any) use the application from scripts; responds to preflights
/// (Fetch, 3.2.2).
[[nodiscard]] http::Application with_cors(http::Application next, std::string origin);

/// Responds 503 while the application makes `max_requests` responses. One that is written as it
/// comes (StreamedBody) counts until it begins: connections have a limit of their own. For one
/// thread.
[[nodiscard]] http::Application limited(http::Application next, std::size_t max_requests);

}  // namespace cookbook::rest_interface
