// The rows of leases, and of addresses that rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "change.hpp"
#include "store.hpp"

namespace cookbook::control_plane {

/// `seconds` after `now`; never, that is 0, if they are none.
[[nodiscard]] std::int64_t end_of(std::int64_t now, std::int64_t seconds);

/// The leases that `clauses` choose, " WHERE …". All throw DatabaseError.
[[nodiscard]] std::vector<Lease> select_leases(Connection& connection, const std::string& clauses,
                                               const rest_api::Values& parameters);

/// Makes the lease of an address that is free no longer, and records that it is held.
void begin_lease(Change& change, const Lease& lease, const std::string& key);

/// Ends a lease: its address rests for its pool's cooldown, or is free. Records `event`.
void end_lease(Change& change, const Lease& lease, std::string_view event);

}  // namespace cookbook::control_plane
