// The application with all that stands around it, served.
#pragma once

#include <cstddef>
#include <string>

#include "common/http/server.hpp"

namespace cookbook::rest_interface {

struct Options {
    HttpLimits limits;
    std::string origin;  // whose pages may use the service; empty: nobody's but its own
    std::size_t max_requests = 1000;  // being answered at once
};

/// Serves the resources of application.hpp as serve_http() does: logged, limited and, where
/// `options` names an origin, with CORS.
asio::awaitable<void> serve(tcp::acceptor acceptor, Options options);

}  // namespace cookbook::rest_interface
