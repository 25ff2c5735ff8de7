// From JSON to what the store is asked, and back: REST and XML-RPC share it. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store.hpp"

namespace cookbook::control_plane {

/// What owners are called, 1 to 255 characters without controls.
[[nodiscard]] bool is_owner(std::string_view text);

// All throw Refused: 422, "invalid", with every mistake in the members.

[[nodiscard]] Pool parse_pool(const boost::json::object& object);
/// {owner, ttl?, address?, count?, note?}
[[nodiscard]] AllocationRequest parse_allocation(std::string pool,
                                                 const boost::json::object& object);
/// {owner, ttl?}
struct Renewal {
    std::string owner;
    std::optional<std::int64_t> ttl;
};
[[nodiscard]] Renewal parse_renewal(const boost::json::object& object);

/// {address, pool, owner, note, since, expires}
[[nodiscard]] boost::json::object to_json(const Lease& lease);
/// {name, cidr, reserved, cooldown, ttl, note, size, held, free}
[[nodiscard]] boost::json::object to_json(const PoolState& state);

}  // namespace cookbook::control_plane
