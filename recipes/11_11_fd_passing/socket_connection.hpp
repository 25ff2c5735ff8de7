// A connection of recipe 11.7 whose socket goes on to carry descriptors.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>

#include "11_07_messaging/wire/connection.hpp"
#include "common/async/asio.hpp"
#include "common/net/stream.hpp"
#include "fd_message.hpp"

namespace cookbook::fd_passing {

/// Objects first, then descriptors: a Connection that never reads beyond the message which it
/// returns, because a descriptor that a plain read passes over is lost, and so would be a report.
class SocketConnection {
public:
    SocketConnection(StreamSocket socket, messaging::Options options);

    messaging::Connection* operator->() { return &connection_; }

    /// Gives the socket up, non-blocking, and ends this object's use.
    StreamSocket release();

private:
    messaging::Connection connection_;
};

/// recv_fds() that waits for the message. `socket` is non-blocking. Errors: those of recv_fds() but
/// would_block; operation_aborted if the caller was cancelled.
asio::awaitable<boost::system::result<FdMessage>> receive_fds(StreamSocket& socket,
                                                              std::size_t max = max_descriptors);

}  // namespace cookbook::fd_passing
