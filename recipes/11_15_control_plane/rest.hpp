// The REST interface, the page and the way to the events.
#pragma once

#include <string>

#include "11_14_websocket/websocket.hpp"
#include "common/http/application.hpp"
#include "events.hpp"
#include "service.hpp"

namespace cookbook::control_plane {

struct RestOptions {
    std::string key;  // what a Bearer must have
    http::Limits limits = {};
    websocket::Options connection = {};    // of the watchers'
    websocket::OriginPolicy origins = {};  // whose pages may watch
    std::size_t max_requests = 1000;       // at once; more get 503
};

/// /v1/…, /healthz, /readyz, /openapi.json and, at /, the page. Errors are problems (RFC 9457).
/// All must outlive it.
[[nodiscard]] http::Application make_rest(Service& service, Watchers& watchers,
                                          const RestOptions& options);

}  // namespace cookbook::control_plane
