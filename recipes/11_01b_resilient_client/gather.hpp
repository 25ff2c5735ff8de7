// Many jobs, a few at once, their results in order.
#pragma once

#include <cstddef>

#include "common/async/asio.hpp"
#include "places.hpp"

namespace cookbook::resilient_client {

/// Jobs with the numbers from 0 on. What becomes of each is its own to keep.
class Jobs {
public:
    virtual ~Jobs() = default;
    /// Runs a job. False: the others are to be cancelled. The job has `place` until its end, and
    /// may give it back while it only waits.
    virtual asio::awaitable<bool> run(std::size_t number, Place& place) = 0;
    /// The job was cancelled, in the middle or before it began, because another one asked for it.
    virtual void on_cancelled(std::size_t number) = 0;
    /// The job has ended or was cancelled, and so have all before it: once for each, in order.
    virtual void on_turn(std::size_t number) = 0;
};

/// Runs `count` jobs, `concurrency` at once (at least 1). All have ended when it returns or throws.
/// What a job throws cancels the others, begun or not, and is thrown, too. A cancellation of the
/// caller cancels all, and none of them has its turn then.
asio::awaitable<void> gather(Jobs& jobs, std::size_t count, std::size_t concurrency);

}  // namespace cookbook::resilient_client
