// The handlers: from an HTTP request to the database and back.
#pragma once

#include <cstdint>

#include "11_05_rest_interface/dispatcher.hpp"
#include "database.hpp"
#include "routes.hpp"

namespace cookbook::rest_api {

using rest_interface::Dispatcher;
using rest_interface::Parameters;

// Each handles one operation of a kind. The request must live until it has ended; `id` is that
// of the path, unchecked. They throw DatabaseError.
asio::awaitable<http::Response> list(Database& database, const Kind& kind, http::Request& request);
asio::awaitable<http::Response> get(Database& database, const Kind& kind, http::Request& request,
                                    std::string id);
asio::awaitable<http::Response> create(Database& database, const Kind& kind,
                                       http::Request& request);
/// PUT, PATCH and DELETE.
asio::awaitable<http::Response> change(Database& database, const Kind& kind, http::Request& request,
                                       std::string id);

/// All routes, over a database that must outlive the dispatcher. What the database refuses is 503.
[[nodiscard]] Dispatcher make_dispatcher(Database& database, std::uint64_t max_body);

}  // namespace cookbook::rest_api
