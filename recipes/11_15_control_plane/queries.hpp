// What the parameters of a query say. Pure. All throw Refused: 422, "invalid", with every mistake.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "11_05_rest_interface/parameters.hpp"
#include "store.hpp"

namespace cookbook::control_plane {

/// Only `known` ones, and none twice: of two owners, which one is meant?
void check_names(const rest_interface::Parameters& query, std::span<const std::string_view> known);

/// ?owner=O, which must be given.
[[nodiscard]] std::string parse_owner(const rest_interface::Parameters& query);

/// ?pool=&owner=&limit=&after=
[[nodiscard]] LeaseQuery parse_lease_query(const rest_interface::Parameters& query);

}  // namespace cookbook::control_plane
