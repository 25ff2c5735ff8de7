// Sends what is queued, once per turn of the event loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <utility>
#include <vector>

#include "common/async/asio.hpp"

namespace cookbook::command_server {

/// Whoever has something to send.
class Flushable {
public:
    virtual ~Flushable() = default;
    /// Sends what can be sent without waiting.
    virtual void flush() = 0;

private:
    friend class Flusher;
    bool listed_ = false;
};

/// The clients whose queues have changed. All that was queued for one of them by the handlers of
/// one turn of the loop leaves by one call, and a client that only listens needs no coroutine to
/// write for it.
class Flusher {
public:
    explicit Flusher(const asio::any_io_executor& executor);

    /// Has run() call its flush() soon.
    void add(Flushable& client);
    /// Forgets it. Not to be called by a flush().
    void remove(Flushable& client) noexcept;

    /// Flushes until the caller is cancelled.
    asio::awaitable<void> run();

private:
    std::vector<Flushable*> listed_;
    std::vector<Flushable*> flushed_;  // keeps its memory for the next turn
    asio::steady_timer added_;  // cancelled by the first add(): a condition variable, so to say
};

}  // namespace cookbook::command_server
