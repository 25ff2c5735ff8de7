// The resources of httpbin, by kind: each function registers those of one file. They throw
// http::Error for bad values, and the server responds 400.
#pragma once

#include <array>
#include <functional>
#include <string_view>

#include "11_05_rest_interface/dispatcher.hpp"

namespace cookbook::http_client::httpbin {

using rest_interface::Handler;
using rest_interface::Parameters;

/// Registers a handler, as rest_interface::Dispatcher::add() does.
using Register = std::function<void(http::verb method, std::string_view path, Handler handler)>;

/// Those of resources that take any. HEAD and OPTIONS come with GET.
inline constexpr std::array all_methods = {http::verb::get,   http::verb::post,
                                           http::verb::put,   http::verb::delete_,
                                           http::verb::patch, http::verb::trace};

/// /get /post /put /patch /delete /anything /headers /ip /user-agent
void add_requests(const Register& add);
/// /status/N
void add_statuses(const Register& add);
/// /response-headers /etag/T /cache/N
void add_responses(const Register& add);
/// /redirect/N /relative-redirect/N /absolute-redirect/N /redirect-to
void add_redirects(const Register& add);
/// /cookies /cookies/set /cookies/set/NAME/VALUE /cookies/delete
void add_cookies(const Register& add);
/// /bytes/N /stream/N /drip /delay/S
void add_streams(const Register& add);
/// /gzip /deflate
void add_codings(const Register& add);
/// /basic-auth/USER/PASSWORD
void add_auth(const Register& add);

}  // namespace cookbook::http_client::httpbin
