// PostgreSQL's notices: another server has changed something.
#pragma once

#include <functional>
#include <string>

#include "common/async/asio.hpp"

namespace cookbook::control_plane {

/// LISTENs on the channel "ipam" of the database with this URL, and calls `on_notice` for what
/// comes, until the caller is cancelled. A notice carries nothing: whoever wakes reads on from the
/// last event that it has seen. Connects anew, a second later, whenever the connection ends.
asio::awaitable<void> listen_for_notices(std::string url, std::function<void()> on_notice);

}  // namespace cookbook::control_plane
