// What a request must bring before it is looked at: a key, a type, parameters that are known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "11_05_rest_interface/parameters.hpp"
#include "common/http/application.hpp"
#include "database.hpp"
#include "keys.hpp"
#include "problem.hpp"

namespace cookbook::rest_api {

/// The key in a request's Authorization: Bearer. Empty if there is none.
[[nodiscard]] std::string_view bearer_of(const http::Request& request);

/// The type in a Content-Type, without its parameters: "application/json".
[[nodiscard]] std::string_view media_type_of(std::string_view content_type);

/// Who has sent the request. Or the refusal: 401 if its key is nobody's, 403 if it may not do what
/// `role` may, 400 if it has a query, 415 if it should have a body of JSON and has another.
asio::awaitable<std::variant<KeyOwner, http::Response>> admit(Database& database,
                                                              const http::Request& request,
                                                              Role role, bool has_body);

/// The parameters of the query alone. It is well-formed, or the dispatcher would have refused it.
[[nodiscard]] rest_interface::Parameters query_of(const http::Request& request);

/// 400 if the query has any parameter: for what takes none.
[[nodiscard]] std::optional<http::Response> refuse_query(const http::Request& request);

/// The id in a path, as the service writes it: no sign, no leading zero.
[[nodiscard]] std::optional<std::int64_t> parse_id(std::string_view text);

}  // namespace cookbook::rest_api
