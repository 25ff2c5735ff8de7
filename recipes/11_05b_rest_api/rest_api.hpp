// 11.5b REST API on a database
//
// Problem:  let programs find, create, change and delete what a database has, over HTTP: none of
//           them loses a change, creates a thing twice, or gets at SQL.
// Solution: one table of kinds and members, from which checks, SQL and documentation are made; a
//           version in every row; what a client may repeat is stored with what it did.
//
// Start with rows.cpp, then read idempotency.cpp, etag.cpp and paging.cpp. workers.cpp keeps the
// database's waits off the event loop.
#pragma once

#include <cstddef>
#include <string>

#include "common/http/server.hpp"
#include "database.hpp"

namespace cookbook::rest_api {

struct Options {
    http::Limits limits = {};
    DatabaseOptions database = {};
    std::string origin = {};          // whose pages may use the service; empty: nobody's
    std::size_t max_requests = 1000;  // at once; more get 503
};

/// The whole service over `database`, which must outlive it: identified and logged, errors as
/// problems, limited and, if `options` names an origin, with CORS.
[[nodiscard]] http::Application make_application(Database& database, const Options& options);

/// Serves it as http::serve() does.
asio::awaitable<void> serve(tcp::acceptor acceptor, Database& database, Options options);

}  // namespace cookbook::rest_api
