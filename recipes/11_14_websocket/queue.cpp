#include "queue.hpp"

#include <algorithm>
#include <utility>

namespace cookbook::websocket {
namespace {

constexpr std::size_t max_gathered = std::size_t{64} << 10U;  // what a pong may have to wait for
constexpr std::size_t max_piece = std::size_t{64} << 10U;
constexpr std::size_t max_control = std::size_t{4} << 10U;
constexpr std::size_t kept_piece = std::size_t{4} << 10U;  // memory of an idle connection

}  // namespace

bool SendQueue::push(const Bytes& frames) {
    if (ended_) {
        return true;  // it is for nobody
    }
    // [step 5] Refuse what would overflow the queue. (stub: (void)max_bytes_;)
    if (frames->size() > max_bytes_ - std::min(bytes_, max_bytes_)) {
        return false;
    }
    // [end]
    push_piece(frames);
    return true;
}

void SendQueue::append(const FrameHeader& header, std::string_view payload) {
    if (!ended_) {
        std::string& piece = growing_piece(max_header + payload.size());
        const std::size_t size = piece.size();
        append_frame(piece, header, payload);
        bytes_ += piece.size() - size;
    }
}

void SendQueue::append(std::string_view bytes) {
    if (!ended_) {
        growing_piece(bytes.size()).append(bytes);
        bytes_ += bytes.size();
    }
}

/// Frames that follow each other go into one piece, which grows until it is under way. Its memory
/// is used again once it has left.
std::string& SendQueue::growing_piece(std::size_t more) {
    if (!may_grow_ || own_->size() + more > max_piece) {
        if (own_ && own_.use_count() == 1) {
            own_->clear();
        } else {
            own_ = std::make_shared<std::string>();
        }
        push_piece(own_);
        may_grow_ = true;
    }
    return *own_;
}

void SendQueue::push_piece(Bytes piece) {
    if (first_ > max_buffers && first_ > pieces_.size() / 2) {  // of a peer that always lags behind
        pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    bytes_ += piece->size();
    pieces_.push_back(std::move(piece));
    may_grow_ = false;
}

void SendQueue::push_control(std::string_view frame) {
    if (ended_) {
        return;
    }
    if (control_.size() + frame.size() > max_control) {
        control_.clear();
    }
    control_ += frame;
}

void SendQueue::end(std::string_view last, Unsent unsent) {
    if (ended_) {
        return;
    }
    if (unsent == Unsent::discard) {
        discard_waiting();
    }
    append(last);
    ended_ = true;
}

void SendQueue::discard_waiting() {
    // [step 5] Keep what is under way, and nothing else. (stub: (void)gathered_;)
    control_.clear();
    may_grow_ = false;
    while (pieces_.size() > first_ + gathered_) {
        bytes_ -= pieces_.back()->size();
        pieces_.pop_back();
    }
    // [end]
}

std::span<const asio::const_buffer> SendQueue::gather() {
    if (gathered_ == 0) {
        insert_control();
    }
    std::size_t count = 0;
    for (std::size_t size = 0; count < buffers_.size() && first_ + count < pieces_.size();
         ++count) {
        const std::string& piece = *pieces_[first_ + count];
        const bool is_under_way = count < gathered_;
        if (gathered_ > 0 ? !is_under_way : count > 0 && size + piece.size() > max_gathered) {
            break;
        }
        size += piece.size();
        buffers_.at(count) = asio::buffer(piece) + (count == 0 ? sent_ : 0);
    }
    gathered_ = count;
    if (first_ + count == pieces_.size()) {
        may_grow_ = false;
    }
    return std::span(buffers_).first(count);
}

void SendQueue::insert_control() {
    if (control_.empty()) {
        return;
    }
    auto piece = std::make_shared<std::string>(std::exchange(control_, {}));
    bytes_ += piece->size();
    pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(first_), std::move(piece));
}

void SendQueue::consume(std::size_t size) {
    bytes_ -= size;
    sent_ += size;
    while (gathered_ > 0 && sent_ >= pieces_[first_]->size()) {
        sent_ -= pieces_[first_]->size();
        pieces_[first_].reset();
        ++first_;
        --gathered_;
    }
    if (first_ == pieces_.size()) {
        pieces_.clear();
        first_ = 0;
        if (own_ && own_->capacity() > kept_piece) {
            own_.reset();
        }
    }
}

}  // namespace cookbook::websocket
