// A time limit that can be moved for every message.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <cstddef>

#include "common/async/asio.hpp"

namespace cookbook {

class DeadlineSweep;

/// The time limit of a connection, a socket or a Stream. When it passes, the connection is closed:
/// what is under way ends with an error, and so does what begins later. With Effect::cancel only
/// what is under way ends, so that a last word can be sent.
///
/// Moving it costs one look at the clock and one store, where re-arming a timer costs more than a
/// small message itself: all the deadlines of an io_context share one timer, which looks at them
/// when the earliest may have passed. So a deadline takes effect up to 10 ms late, never early.
///
/// The connection must outlive the deadline and stay where it is. All the deadlines of an
/// io_context belong to the one thread that runs it.
///
///     Deadline deadline(socket);
///     for (;;) {
///         deadline.expires_after(30s);  // for each message
///         …
class Deadline {
public:
    using clock = asio::steady_timer::clock_type;

    /// What happens to the connection when the deadline passes.
    enum class Effect { close, cancel };

    /// A deadline that never passes until expires_after() sets it.
    template <typename Connection>
    explicit Deadline(Connection& connection, Effect effect = Effect::close)
        : Deadline(connection.get_executor(), &connection,
                   effect == Effect::close ? close<Connection> : cancel<Connection>) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline();

    /// Moves the deadline to `limit` from now.
    void expires_after(clock::duration limit);

    /// Removes the limit; costs one store.
    void clear() noexcept { expiry_ = clock::time_point::max(); }

    /// Whether the deadline has passed since it was made.
    [[nodiscard]] bool expired() const noexcept { return expired_; }

    /// Why an operation on the connection ended as it did: timed_out if the deadline did it,
    /// otherwise `error` itself.
    [[nodiscard]] error_code reason(error_code error) const noexcept {
        const bool may_be_ours =
            error == asio::error::operation_aborted || error == asio::error::bad_descriptor;
        return may_be_ours && expired_ ? asio::error::timed_out : error;
    }

private:
    friend class DeadlineSweep;
    Deadline(const asio::any_io_executor& executor, void* connection, void (*expire)(void*));

    template <typename Connection>
    static void close(void* connection) {
        error_code ignored;  // the connection is given up, whatever closing says
        static_cast<Connection*>(connection)->close(ignored);
    }
    template <typename Connection>
    static void cancel(void* connection) {
        error_code ignored;  // there may be nothing to cancel
        static_cast<Connection*>(connection)->cancel(ignored);
    }

    DeadlineSweep& sweep_;
    void* connection_;
    void (*expire_)(void*);
    std::size_t position_ = 0;  // in the sweep's list
    clock::time_point expiry_ = clock::time_point::max();
    bool expired_ = false;
};

}  // namespace cookbook
