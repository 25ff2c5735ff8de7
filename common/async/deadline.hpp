// A time limit that can be moved for every message.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <cstddef>

#include "common/async/asio.hpp"

namespace cookbook {

class DeadlineSweep;

/// The time limit of a connection: when it passes, the socket is closed, and whatever waits on it
/// ends with an error (asio::error::operation_aborted, or bad_descriptor if it begins later).
///
/// Moving it costs one look at the clock and one store, where re-arming a timer costs more than a
/// small message itself: all the deadlines of an io_context share one timer, which looks at them
/// when the earliest may have passed. So a socket is closed up to 10 ms late, never early.
///
/// The socket must outlive the deadline and stay where it is. All the deadlines of an io_context
/// belong to the one thread that runs it.
///
///     Deadline deadline(socket);
///     for (;;) {
///         deadline.expires_after(30s);  // for each message
///         …
class Deadline {
public:
    using clock = asio::steady_timer::clock_type;

    /// A deadline that never passes until expires_after() sets it.
    template <typename Socket>
    explicit Deadline(Socket& socket)
        : Deadline(socket.get_executor(), &socket, [](void* target) {
              error_code ignored;  // the socket is given up, whatever closing says
              static_cast<Socket*>(target)->close(ignored);
          }) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline();

    /// Moves the deadline to `limit` from now.
    void expires_after(clock::duration limit);

    /// Takes the limit away: no more than a store.
    void clear() noexcept { expiry_ = clock::time_point::max(); }

    /// Whether the deadline has passed and the socket was closed for it.
    [[nodiscard]] bool expired() const noexcept { return expired_; }

private:
    friend class DeadlineSweep;
    Deadline(const asio::any_io_executor& executor, void* socket, void (*close)(void*));

    DeadlineSweep& sweep_;
    void* socket_;
    void (*close_)(void*);
    std::size_t position_ = 0;  // in the sweep's list
    clock::time_point expiry_ = clock::time_point::max();
    bool expired_ = false;
};

}  // namespace cookbook
