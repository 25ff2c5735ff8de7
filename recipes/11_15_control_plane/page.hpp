// The page: pools and leases, live.
#pragma once

#include "common/http/message.hpp"

namespace cookbook::control_plane {

/// The page, and what its script may do.
[[nodiscard]] http::Response page_response();

}  // namespace cookbook::control_plane
