// What stands around an application and is one itself: functions from Application to Application.
#pragma once

#include <cstddef>
#include <string>

#include "common/http/message.hpp"

namespace cookbook::rest_interface {

/// Logs each request: "127.0.0.1 GET /hello 200 0.1 ms". The query, which may hold secrets, is left
/// out.
[[nodiscard]] Application logged(Application next);

/// Lets pages of `origin` ("*": any) use the application from scripts; answers preflights
/// (Fetch, 3.2.2).
[[nodiscard]] Application with_cors(Application next, std::string origin);

/// Answers 503 where `most` requests are being answered already. For one thread.
[[nodiscard]] Application limited(Application next, std::size_t most);

}  // namespace cookbook::rest_interface
