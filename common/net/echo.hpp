// The service of recipes whose lesson lies below it: whatever comes is sent back.
#pragma once

#include <cstddef>

#include "common/async/asio.hpp"
#include "common/net/stream.hpp"

namespace cookbook {

/// Sends back what comes, until the peer's orderly end, until the peer neither sends nor takes
/// anything for `idle_timeout`, or until the server's order to end (see serve()), which may have
/// come before the call: then what has come by now is still sent back. Ends our half, in order;
/// but returns at once if the drain is over. Throws std::system_error, "receive from ADDRESS:
/// reason" or "send to ADDRESS: reason", if the peer is gone without an end. It holds up to
/// `max_unsent` bytes that the peer has not taken.
asio::awaitable<void> echo(Stream& stream, asio::steady_timer::duration idle_timeout,
                           std::size_t max_unsent = std::size_t{64} << 10U);

}  // namespace cookbook
