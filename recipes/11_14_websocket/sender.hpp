// What goes out on a connection: frames are made, queued, and sent by one write at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "broadcast.hpp"
#include "close_code.hpp"
#include "common/async/asio.hpp"
#include "common/async/task_group.hpp"
#include "common/net/stream.hpp"
#include "queue.hpp"
#include "settings.hpp"

namespace cookbook::websocket {

/// The half of a connection that sends.
class Sender {
public:
    using clock = asio::steady_timer::clock_type;

    /// `stream` and `options` must outlive it.
    Sender(Stream& stream, const Options& options, const Opened& opened, WhenFull when_full);

    /// Queues a message. False if the queue has no room for it, and nobody waits until it has.
    [[nodiscard]] bool queue(Opcode opcode, std::string_view payload);
    [[nodiscard]] bool queue(Broadcast& message);
    /// Queues a ping or a pong.
    void queue_control(Opcode opcode, std::string_view payload);
    /// Queues the Close, after which nothing is queued.
    void end(const CloseReason& reason, SendQueue::Unsent unsent);
    [[nodiscard]] bool ended() const noexcept { return queue_.ended(); }

    /// Sends what the network takes at once; the rest follows as it takes more.
    void flush();
    /// Whether the network takes no more at the moment.
    [[nodiscard]] bool is_blocked() const noexcept { return is_blocked_ && !is_broken_; }
    /// Whether the stream is gone, or was given up.
    [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }
    /// Whether nothing may be queued until the network has taken something.
    [[nodiscard]] bool is_full() const noexcept {
        return when_full_ == WhenFull::wait && !queue_.has_room();
    }
    [[nodiscard]] std::size_t size() const noexcept { return queue_.size(); }
    /// When the network has taken something for which it had to be waited.
    [[nodiscard]] clock::time_point last_progress() const noexcept { return last_progress_; }

    /// Waits until any of this has changed.
    asio::awaitable<void> wait();
    /// Sends nothing more: the peer is gone.
    void give_up();
    /// Ends what is under way. To be awaited before the object dies.
    asio::awaitable<void> stop();

private:
    [[nodiscard]] std::optional<Mask> next_mask() const;
    bool send_queued();
    void wake() { changed_.cancel(); }
    asio::awaitable<void> write_rest();

    Stream& stream_;
    std::size_t max_queue_;
    Role role_;
    std::optional<Compression> compression_;
    WhenFull when_full_;
    SendQueue queue_;
    TaskGroup writer_;
    asio::steady_timer changed_;  // cancelled if something has changed: a condition variable
    clock::time_point last_progress_;
    bool is_blocked_ = false;  // write_rest() waits
    bool is_broken_ = false;
};

}  // namespace cookbook::websocket
