// One client's bounded queue of lines: what the kernel has not taken yet. No socket, no thread.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/async/asio.hpp"

namespace cookbook::command_server {

/// Lines on their way to one client, each with its line feed. Responses are the client's own; an
/// event is shared by the queues of all. A line, once begun, is always finished.
///
///     Outbox::Buffers buffers;
///     while (!outbox.empty()) {
///         outbox.consume(send(outbox.gather(buffers)));
///     }
class Outbox {
public:
    using Line = std::shared_ptr<const std::string>;
    using Buffers = std::array<asio::const_buffer, 64>;  // Asio, too, sends no more by one call

    /// What becomes of lines that are queued, but not begun, when the queue ends.
    enum class Unsent { send, discard };

    /// For a queue of up to `max_bytes`.
    explicit Outbox(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    /// Whether the client's next request may be read: the queue is at most half full, so that
    /// there is room for the response. A client that does not take its responses is slowed.
    [[nodiscard]] bool has_room() const { return bytes_ <= max_bytes_ / 2; }

    /// Queues a response, if the queue has not ended. The request was read while has_room(), so the
    /// limit is kept, but in queues so small that STATS or HELP do not fit into half of them.
    void push_response(std::string_view line);

    /// Queues an event. Returns false, and does nothing, if that would overflow the queue.
    [[nodiscard]] bool push_event(const Line& event);

    /// Ends the queue: `last` is its last line, or nothing. What comes later is ignored.
    void end(std::string_view last, Unsent unsent);
    [[nodiscard]] bool ended() const { return ended_; }

    /// The bytes to send next, in at most as many pieces as there are buffers. They stay where they
    /// are until consume(), whatever is queued meanwhile, and by whichever thread.
    [[nodiscard]] std::span<const asio::const_buffer> gather(Buffers& buffers);
    /// So many of the gathered bytes, perhaps none, have been taken.
    void consume(std::size_t size);

    [[nodiscard]] bool empty() const { return bytes_ == 0; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    void append(std::string_view text);
    void discard_unbegun();
    void finish();

    std::size_t max_bytes_;
    std::deque<Line> pieces_;                 // events, and responses that are sent as one
    std::shared_ptr<std::string> responses_;  // the last of those that is in pieces_
    std::size_t bytes_ = 0;                   // of all pieces, without those sent
    std::size_t sent_ = 0;                    // bytes of the first piece
    std::size_t gathered_ = 0;                // pieces that are being sent
    bool ended_ = false;
    std::string last_;
    Unsent unsent_ = Unsent::send;
};

}  // namespace cookbook::command_server
