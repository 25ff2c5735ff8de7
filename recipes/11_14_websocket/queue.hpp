// What is to be sent to one peer and has not been taken yet: a bounded queue. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/asio.hpp"
#include "frame.hpp"

namespace cookbook::websocket {

/// Bytes of whole frames. Frames of a message to many are shared by their queues.
using Bytes = std::shared_ptr<const std::string>;

/// The frames for one peer, in the order in which they go out: pongs and pings before the messages
/// that wait, but never into what is under way.
class SendQueue {
public:
    static constexpr std::size_t max_buffers = 64;

    explicit SendQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    /// Queues frames that others may have, too. False if there is no room for them.
    [[nodiscard]] bool push(const Bytes& frames);
    /// Queues a frame of this peer alone, whether or not there is room for it.
    void append(const FrameHeader& header, std::string_view payload);
    /// Queues bytes that are a frame, or come before all frames.
    void append(std::string_view bytes);
    /// Queues a ping or a pong. If the peer takes none of them, the newest ones remain: a pong for
    /// the last ping is enough (RFC 6455, 5.5.3).
    void push_control(std::string_view frame);

    /// What becomes of frames that wait when the queue ends.
    enum class Unsent { send, discard };
    /// Queues the last frame; what is queued later is ignored.
    void end(std::string_view last, Unsent unsent);
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    /// What is to be sent next, valid until consume(), which says how much of it has been. What has
    /// been gathered once is under way until it is consumed: a stream may have encrypted it.
    [[nodiscard]] std::span<const asio::const_buffer> gather();
    void consume(std::size_t size);

    [[nodiscard]] bool empty() const noexcept { return pieces_.empty() && control_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_; }
    [[nodiscard]] bool has_room() const noexcept { return bytes_ < max_bytes_; }

private:
    std::string& growing_piece(std::size_t more);
    void push_piece(Bytes piece);
    void insert_control();
    void discard_waiting();

    std::size_t max_bytes_;
    std::size_t bytes_ = 0;  // of the pieces, without control frames that wait
    std::vector<Bytes> pieces_;
    std::size_t first_ = 0;             // the piece that goes out next
    std::size_t sent_ = 0;              // of the first one
    std::size_t gathered_ = 0;          // pieces that are under way
    std::shared_ptr<std::string> own_;  // the newest piece of this peer alone
    bool may_grow_ = false;             // it is the last piece, and not under way
    std::string control_;
    std::array<asio::const_buffer, max_buffers> buffers_;
    bool ended_ = false;
};

}  // namespace cookbook::websocket
