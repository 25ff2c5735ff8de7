// The tables of the address service.
#pragma once

#include "11_05b_rest_api/schema.hpp"

namespace cookbook::control_plane {

/// pools, leases, free ranges, resting addresses, events and the counter that numbers them.
[[nodiscard]] const rest_api::Migrations& migrations();

}  // namespace cookbook::control_plane
