// The handlers of REST: from a request that may be handled to the database and back.
#pragma once

#include <string>

#include "routes.hpp"

namespace cookbook::control_plane::resources {

// All throw Refused and DatabaseError.

asio::awaitable<http::Response> make_pool(Call call);
asio::awaitable<http::Response> show_pools(Call call);
asio::awaitable<http::Response> show_pool(Call call);
asio::awaitable<http::Response> remove_pool(Call call);

asio::awaitable<http::Response> take(Call call);
asio::awaitable<http::Response> show_leases(Call call);
asio::awaitable<http::Response> show_lease(Call call);
asio::awaitable<http::Response> give_back(Call call);
asio::awaitable<http::Response> give_all_back(Call call);
asio::awaitable<http::Response> keep(Call call);

asio::awaitable<http::Response> show_health(Call call);
asio::awaitable<http::Response> show_readiness(Call call);
asio::awaitable<http::Response> show_document(Call call);

/// The name of the pool in the path. What is no name, no pool has.
[[nodiscard]] std::string pool_name_in(const Parameters& path);

/// A response of JSON.
[[nodiscard]] http::Response json_response(http::status status, const boost::json::value& value);

}  // namespace cookbook::control_plane::resources
