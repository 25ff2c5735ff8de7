// What REST offers: one table, of which the dispatcher, the checks and the OpenAPI document are
// made.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "11_05_rest_interface/parameters.hpp"
#include "common/http/message.hpp"
#include "service.hpp"

namespace cookbook::control_plane {

using rest_interface::Parameters;

/// A request that may be handled: its key is right, its query known, its body an object.
struct Call {
    Service& service;
    const http::Request& request;
    Parameters parameters;     // of path and query
    boost::json::object body;  // empty if its route has none
};

struct Route {
    http::verb method;
    std::string_view path;
    std::string_view summary;
    /// Throws Refused and DatabaseError.
    asio::awaitable<http::Response> (*handle)(Call call);
    std::vector<unsigned> statuses;  // the good ones first; those that all have are left out
    std::string_view result = {};    // the schema of a response that is good
    std::string_view body = {};      // the schema of the request's; empty if it has none
    std::vector<std::string_view> query = {};  // the parameters that it takes
    bool needs_key = true;
};

[[nodiscard]] std::span<const Route> routes();

}  // namespace cookbook::control_plane
