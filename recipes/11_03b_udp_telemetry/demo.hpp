// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::udp_telemetry {

/// A server that knows three clients at most: is asked, is sent what it cannot take, is flooded by
/// a hundred senders, and is found through a group.
asio::awaitable<void> demo();

}  // namespace cookbook::udp_telemetry
