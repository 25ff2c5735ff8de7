// Requests that can be found again: an id for each, in its response and its log line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http/application.hpp"

namespace cookbook::rest_api {

/// Whether a client's X-Request-Id is taken over: 1 to 64 letters, digits, '.', '_' and '-'.
[[nodiscard]] bool is_request_id(std::string_view text);

/// The value of the first field of that name, which Beast may not know.
[[nodiscard]] std::optional<std::string_view> find_field(const http::Request& request,
                                                         std::string_view name);

/// All values of a field that is a list, with commas between them (RFC 9110, 5.3); nothing if there
/// is no such field.
[[nodiscard]] std::optional<std::string> list_field_of(const http::Request& request,
                                                       http::field name);

/// The id of a request that identified() has passed on; empty for another.
[[nodiscard]] std::string_view id_of(const http::Request& request);

/// Says whose key came with the request, for its log line.
void set_key_name(const http::Request& request, std::string name);

/// Adds X-Request-Id to each response, that of the request or a new one, and logs a line,
/// "127.0.0.1 GET /users/1 200 0.4 ms id=… key=…". If `exposed` is not empty, it is what scripts of
/// other origins may read of a response (Fetch, 3.2.3).
[[nodiscard]] http::Application identified(http::Application next, std::string exposed);

}  // namespace cookbook::rest_api
