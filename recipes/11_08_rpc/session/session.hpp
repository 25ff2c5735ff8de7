// One connection's calls on the server: many at once, their replies as they finish.
#pragma once

#include <cstddef>
#include <memory>

#include "11_08_rpc/call/handler.hpp"
#include "common/async/asio.hpp"
#include "connection_channel.hpp"

namespace cookbook::rpc {

/// What carries the messages. A connection ends after a pickle that is no call, as with CPython's
/// handler. Over ZeroMQ nothing ends, and a REQ without a reply waits for ever: there the reply is
/// a ValueError; and a call is pickled once.
enum class Carrier { connection, zmq };

struct SessionOptions {
    /// Calls in flight; while there are so many, the connection is not read.
    std::size_t max_calls = 64;
    /// A peer that neither sends nor takes anything for this long is disconnected, unless it waits
    /// for a call of its own.
    asio::steady_timer::duration idle_timeout = 60s;
    Carrier carrier = Carrier::connection;
};

/// Answers each call in the form in which it came, until the peer leaves, which cancels its calls,
/// or until our caller is told to finish (by a `total` cancellation), which lets those end that
/// have come. Calls as pickles have no ids: one runs after the other. Throws what ends the
/// connection: FormError and PickleError for a pickle that is no call, eof if the peer leaves while
/// it is not read, and what the channel throws. `channel` must live until then.
asio::awaitable<void> serve_calls(Channel& channel, std::shared_ptr<const RpcHandler> handler,
                                  SessionOptions options);
/// The same over a connection. A messaging::Listener's handler.
asio::awaitable<void> serve_calls(Connection connection, std::shared_ptr<const RpcHandler> handler,
                                  SessionOptions options);

}  // namespace cookbook::rpc
