// The resources of httpbin, by kind: each function registers those of one file. They throw
// http::Error for bad values, and the server responds 400.
#pragma once

#include <array>
#include <cstdint>

#include "11_05_rest_interface/dispatcher.hpp"

namespace cookbook::http_client {

using rest_interface::Dispatcher;
using rest_interface::Parameters;

/// Those of resources that take any. HEAD and OPTIONS come with GET.
inline constexpr std::array all_methods = {http::verb::get,   http::verb::post,
                                           http::verb::put,   http::verb::delete_,
                                           http::verb::patch, http::verb::trace};

/// Resources that show the request: /get /post /put /patch /delete /anything /headers /ip
/// /user-agent. A request's body may have `max_body` bytes.
void add_requests(Dispatcher& dispatcher, std::uint64_t max_body);

/// /status/N
void add_statuses(Dispatcher& dispatcher);

/// /response-headers /etag/T /cache/N
void add_responses(Dispatcher& dispatcher);

/// /redirect/N /relative-redirect/N /absolute-redirect/N /redirect-to
void add_redirects(Dispatcher& dispatcher);

/// /cookies /cookies/set /cookies/delete
void add_cookies(Dispatcher& dispatcher);

/// /bytes/N /stream/N /drip /delay/S. A request's body may have `max_body` bytes.
void add_streams(Dispatcher& dispatcher, std::uint64_t max_body);

/// /gzip /deflate
void add_codings(Dispatcher& dispatcher);

/// /basic-auth/U/P
void add_auth(Dispatcher& dispatcher);

}  // namespace cookbook::http_client
