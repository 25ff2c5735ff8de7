// What time does: leases end, addresses have rested, old events are forgotten.
#pragma once

#include <cstdint>

#include "common/async/asio.hpp"
#include "service.hpp"

namespace cookbook::control_plane {

/// Sweeps every `interval`, until the caller is cancelled. What the database refuses is logged, and
/// tried again. `service` must outlive it.
asio::awaitable<void> keep_sweeping(Service& service, asio::steady_timer::duration interval,
                                    std::int64_t keep_events);

}  // namespace cookbook::control_plane
