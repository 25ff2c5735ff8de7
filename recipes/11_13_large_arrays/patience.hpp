// How long a reader may keep its sender waiting.
#pragma once

#include <cstddef>
#include <optional>

#include "common/async/asio.hpp"
#include "common/async/deadline.hpp"
#include "common/net/endpoint.hpp"

namespace cookbook::large_arrays {

/// Waits for a socket on which large arrays are sent. The socket must outlive it.
///
/// A limit on silence is not enough: a socket counts as writable when a third of its buffer is free
/// (TCP; of a UNIX socket three quarters), which a slow reader of a link with megabytes on the way
/// may reach after minutes. So when the limit has passed, the kernel says how much is still unsent
/// (SIOCOUTQ, tcp(7)), and whoever has taken some of it has the limit again.
class Patience {
public:
    Patience(StreamSocket& socket, asio::steady_timer::duration limit);

    /// Waits until the socket can be written to, or has an error to read. Throws
    /// boost::system::system_error; timed_out if the peer takes nothing for the limit.
    asio::awaitable<void> wait(StreamSocket::wait_type what);

private:
    std::size_t unsent();

    StreamSocket& socket_;
    asio::steady_timer::duration limit_;
    std::optional<Deadline> deadline_;
};

}  // namespace cookbook::large_arrays
