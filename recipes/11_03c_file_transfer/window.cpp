#include "window.hpp"

#include <algorithm>

namespace cookbook::file_transfer {

// --- Sender ---

Sender::Sender(Terms terms, std::uint64_t first, std::uint64_t last, TimePoint now)
    : terms_(terms),
      first_(first),
      last_(last),
      end_(first),
      fresh_(first),
      sent_at_(now),
      progress_at_(now),
      timer_(now + terms.timeout.value()) {}

/// How many blocks of the window an ACK acknowledges: it is for its block and all before. 0 if it
/// is an old one, or for what was never sent.
std::uint64_t Sender::newly_acknowledged(std::uint16_t block) const {
    // [step 1] Count from the block before the window, modulo 65536. (stub: (void)block; return 0;)
    const auto count = static_cast<std::uint16_t>(block - wire_number(first_ - 1));
    return count <= end_ - first_ ? count : 0;
    // [end]
}

void Sender::acknowledge(std::uint16_t block, TimePoint now) {
    if (const std::uint64_t count = newly_acknowledged(block); count > 0) {
        slide(count, now);
        return;
    }
    // [step 2] The ACK just before the window asks for its first block. (stub: (void)now;)
    // At most once a round trip. With a window of one, each doubled ACK would double all blocks
    // after it (Sorcerer's Apprentice, RFC 1123, 4.2.3.1).
    const bool is_just_before = block == wire_number(first_ - 1);
    if (is_just_before && terms_.answered && terms_.window > 1 &&
        now - sent_at_ >= terms_.timeout.shortest_round_trip()) {
        due_ = true;
    }
    // [end]
}

void Sender::slide(std::uint64_t count, TimePoint now) {
    const std::uint64_t acknowledged = first_ + count - 1;
    // [step 3] Measure the round trip of a block that was sent once. (stub: timer_ = now + 500ms;)
    // Not by an ACK in the middle of the window: it may have waited for the receiver's timer.
    if (acknowledged >= fresh_ && acknowledged + 1 == end_) {
        terms_.timeout.sample(now - sent_at_);
    }
    terms_.timeout.restore();
    timer_ = now + terms_.timeout.value();
    // [end]
    progress_at_ = now;
    terms_.answered = true;
    // [step 1] Move the window behind the block, and send all of it: what followed is lost.
    first_ = acknowledged + 1;
    due_ = !done();
    // [end]
}

/// A round has passed without progress.
void Sender::time_out(TimePoint now) {
    // [step 3] Send the window again, and wait longer for it. (stub: timer_ = now + 500ms;)
    terms_.timeout.back_off();
    timer_ = now + terms_.timeout.value();
    due_ = true;
    // [end]
}

Blocks Sender::take(TimePoint now) {
    if (!done() && now >= timer_) {
        time_out(now);
    }
    if (!due_ || (!terms_.answered && copies_ == max_copies)) {
        return {};
    }
    due_ = false;
    copies_ += terms_.answered ? 0 : 1;
    fresh_ = end_;
    sent_at_ = now;
    // [step 2] Send a window, but one block before any reply. (stub: end_ = first_ + 1;)
    const std::uint64_t window = terms_.answered ? terms_.window : 1;
    end_ = std::min(first_ + window, last_ + 1);
    // [end]
    return {first_, end_ - first_};
}

TimePoint Sender::wakes_at() const {
    return std::min(timer_, progress_at_ + terms_.give_up);
}

bool Sender::gave_up(TimePoint now) const {
    return !done() && now - progress_at_ >= terms_.give_up;
}

// --- Receiver ---

Receiver::Receiver(Terms terms, TimePoint now)
    : terms_(terms), acked_at_(now), progress_at_(now), timer_(now + terms.timeout.value()) {}

bool Receiver::accept(std::uint16_t block, std::size_t size, TimePoint now) {
    terms_.answered = true;
    // [step 1] Take the next block only. (stub: note_no_progress(block);)
    if (complete_ || block != wire_number(next_)) {
        note_no_progress(block);
        return false;
    }
    // [end]
    note_progress(now);
    ++next_;
    ++unacknowledged_;
    // [step 1] The last block is a short one. (stub: (void)size;)
    complete_ = size < terms_.block_size;
    // [end]
    // [step 2] Acknowledge a whole window at once. (stub: due_ = true;)
    if (unacknowledged_ >= terms_.window) {
        due_ = true;
    }
    // [end]
    return true;
}

/// One ACK is enough for a gap or a repeat: each may make the sender send its window again. It has
/// done so if a block comes that is no later than the last one out of order; then our ACK was lost.
void Receiver::note_no_progress(std::uint16_t block) {
    // [step 2] Acknowledge the last block again, but once. (stub: (void)block; due_ = true;)
    const auto offset = static_cast<std::int16_t>(block - wire_number(next_));
    const std::int64_t position = static_cast<std::int64_t>(next_) + offset;
    if (!stray_ || position <= *stray_) {
        due_ = true;
    }
    stray_ = position;
    // [end]
}

void Receiver::note_progress(TimePoint now) {
    // [step 3] Measure the time from an ACK to what it set off. (stub: timer_ = now + 500ms;)
    // If there were two, nobody knows which of them it was.
    if (acks_ == 1) {
        terms_.timeout.sample(now - acked_at_);
    }
    terms_.timeout.restore();
    timer_ = now + terms_.timeout.value();
    // [end]
    acks_ = 0;
    stray_.reset();
    progress_at_ = now;
}

void Receiver::finish(Duration dally, TimePoint now) {
    // [step 4] Acknowledge the last block, and stay to say it again.
    finished_ = true;
    due_ = true;
    timer_ = now + dally;
    // [end]
}

std::optional<std::uint64_t> Receiver::take(TimePoint now) {
    // [step 3] If nothing comes, say again what has come, each time later. (stub: (void)now;)
    if (!complete_ && now >= timer_) {
        terms_.timeout.back_off();
        timer_ = now + terms_.timeout.value();
        due_ = true;
    }
    // [end]
    // [step 4] The last ACK says that the file is safe: not before it has its name. (stub: {})
    if (complete_ && !finished_) {
        return std::nullopt;
    }
    // [end]
    if (!due_ || (!terms_.answered && copies_ == max_copies)) {
        return std::nullopt;
    }
    due_ = false;
    copies_ += terms_.answered ? 0 : 1;
    ++acks_;
    acked_at_ = now;
    unacknowledged_ = 0;
    return next_ - 1;
}

TimePoint Receiver::wakes_at() const {
    return complete_ ? timer_ : std::min(timer_, progress_at_ + terms_.give_up);
}

bool Receiver::gave_up(TimePoint now) const {
    return !complete_ && now - progress_at_ >= terms_.give_up;
}

}  // namespace cookbook::file_transfer
