// The handshake of a watcher, and how a page shows its key.
#pragma once

#include "rest.hpp"

namespace cookbook::control_plane {

/// Responds to GET /v1/events?since=SEQ&pool=NAME. The key comes as Authorization: Bearer, or as
/// first message, {"key": …}, within 5 s, otherwise Close 4401. All must outlive the connection.
[[nodiscard]] http::Response respond_to_watcher(const http::Request& request, Watchers& watchers,
                                                const RestOptions& options);

/// Whether `key` is the key, in constant time.
[[nodiscard]] bool is_key(std::string_view key, const RestOptions& options);

}  // namespace cookbook::control_plane
