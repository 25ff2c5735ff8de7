// From HTTP to WebSocket.
#pragma once

#include "common/http/message.hpp"
#include "connection.hpp"
#include "handshake.hpp"

namespace cookbook::websocket {

/// The response that takes the connection over for `talk`, or the refusal of what is no handshake,
/// or comes from a page that may not connect. `options` must outlive the connection.
[[nodiscard]] http::Response upgrade(const http::Request& request, const Options& options,
                                     const OriginPolicy& origins, WhenFull when_full, Talk talk);

}  // namespace cookbook::websocket
