// The lesson: a sender and a receiver that bring a file over a network which loses, doubles and
// reorders (RFC 1350 with a window of one block, RFC 7440 with more). Pure: packets and a clock go
// in, packets come out, as numbers of blocks; nobody here has a socket, a file or a timer.
//
// Blocks are counted from 1 in 64 bits; packets carry the lowest 16 of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "retransmission_timeout.hpp"

namespace cookbook::file_transfer {

/// What both ends have agreed on, and what this end decides for itself.
struct Terms {
    std::size_t block_size = 512;
    std::uint64_t window = 1;
    RetransmissionTimeout timeout{500ms};
    /// A peer that lets the transfer get on by nothing for this long has gone.
    Duration give_up = 10s;
    /// Whether the peer has sent anything in reply yet. Until then a packet goes out three times at
    /// most: its address may be forged, and what we send strike somebody who has asked for nothing.
    bool answered = true;
};

constexpr int max_copies = 3;

/// Blocks in a row.
struct Blocks {
    std::uint64_t first = 0;
    std::uint64_t count = 0;

    bool operator==(const Blocks&) const = default;
};

/// The number that a block has in packets.
constexpr std::uint16_t wire_number(std::uint64_t block) {
    return static_cast<std::uint16_t>(block);
}

/// Says when to send which blocks.
///
///     while (!sender.done()) {
///         …wait for packets, but not beyond sender.wakes_at(); acknowledge() each ACK…
///         …send the blocks of sender.take(now)…
class Sender {
public:
    /// Sends the blocks from `first` to `last`. Block 0 stands for an OACK, which is acknowledged
    /// as a block is.
    Sender(Terms terms, std::uint64_t first, std::uint64_t last, TimePoint now);

    void acknowledge(std::uint16_t block, TimePoint now);

    /// The blocks to be sent now; none if there is nothing to send.
    Blocks take(TimePoint now);

    [[nodiscard]] TimePoint wakes_at() const;
    [[nodiscard]] bool done() const { return first_ > last_; }
    [[nodiscard]] bool gave_up(TimePoint now) const;

private:
    [[nodiscard]] std::uint64_t newly_acknowledged(std::uint16_t block) const;
    void slide(std::uint64_t count, TimePoint now);
    void time_out(TimePoint now);

    Terms terms_;
    std::uint64_t first_;  // of the window: the first block that is not acknowledged
    std::uint64_t last_;   // of the file
    std::uint64_t end_;    // behind the last block that was sent
    std::uint64_t fresh_;  // from here to end_: sent once
    bool due_ = true;      // the window is to be sent
    int copies_ = 0;       // sent before the peer has answered
    TimePoint sent_at_;    // when the window was sent last
    TimePoint progress_at_;
    TimePoint timer_;
};

/// Says which data to write, and when to acknowledge which block.
///
///     while (!receiver.done(now)) {
///         …wait for packets, but not beyond receiver.wakes_at(); write what it accepts; once it is
///         complete() and the file has its name, finish()…
///         …send the ACK of receiver.take(now), if there is one…
class Receiver {
public:
    /// Its first ACK is of block 0.
    Receiver(Terms terms, TimePoint now);

    /// A DATA with `size` bytes of the file has come. Returns whether it is the next block, to be
    /// written.
    bool accept(std::uint16_t block, std::size_t size, TimePoint now);

    /// Whether any DATA has come.
    [[nodiscard]] bool answered() const { return terms_.answered; }
    /// Whether the last block has come.
    [[nodiscard]] bool complete() const { return complete_; }
    /// The file has its name: acknowledges the last block, and stays, for up to `dally`, since the
    /// ACK may be lost and the block sent again.
    void finish(Duration dally, TimePoint now);

    /// The block to be acknowledged now, if one is.
    std::optional<std::uint64_t> take(TimePoint now);

    [[nodiscard]] TimePoint wakes_at() const;
    [[nodiscard]] bool done(TimePoint now) const { return finished_ && now >= timer_; }
    [[nodiscard]] bool gave_up(TimePoint now) const;
    /// Of which the sender's is an estimate too.
    [[nodiscard]] Duration timeout() const { return terms_.timeout.value(); }

private:
    void note_no_progress(std::uint16_t block);
    void note_progress(TimePoint now);

    Terms terms_;
    std::uint64_t next_ = 1;             // the block to come
    std::uint64_t unacknowledged_ = 0;   // accepted since the last ACK
    std::optional<std::int64_t> stray_;  // the last block out of order, since one was accepted
    bool due_ = true;                    // an ACK is
    bool complete_ = false;
    bool finished_ = false;
    int copies_ = 0;      // of the first ACK, before the peer has sent data
    int acks_ = 0;        // since the last block was accepted
    TimePoint acked_at_;  // when the last of them was sent
    TimePoint progress_at_;
    TimePoint timer_;
};

}  // namespace cookbook::file_transfer
