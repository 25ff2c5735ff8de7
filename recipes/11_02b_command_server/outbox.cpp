#include "outbox.hpp"

#include <utility>

namespace cookbook::command_server {

void Outbox::push_response(std::string_view line) {
    if (!ended_) {
        append(line);
    }
}

bool Outbox::push_event(const Line& event) {
    // [step 3] Refuse what would overflow the queue. (stub: (void)max_bytes_;)
    if (bytes_ + event->size() > max_bytes_) {
        return false;
    }
    // [end]
    if (ended_) {
        return false;
    }
    pieces_.push_back(event);
    bytes_ += event->size();
    return true;
}

/// Responses that follow each other go into one piece: a buffer for each would let one call send 64
/// of them only.
void Outbox::append(std::string_view text) {
    constexpr std::size_t max_piece = std::size_t{16} << 10U;
    const bool last_may_grow = pieces_.size() > gathered_ && pieces_.back() == responses_ &&
                               responses_->size() + text.size() <= max_piece;
    if (!last_may_grow) {
        responses_ = std::make_shared<std::string>();
        pieces_.push_back(responses_);
    }
    *responses_ += text;
    bytes_ += text.size();
}

void Outbox::end(std::string_view last, Unsent unsent) {
    if (ended_) {
        return;
    }
    ended_ = true;
    last_ = last;
    unsent_ = unsent;
    if (gathered_ == 0) {
        finish();
    }  // otherwise consume() does, which knows how far the sending has come
}

void Outbox::finish() {
    if (std::exchange(unsent_, Unsent::send) == Unsent::discard) {
        discard_unbegun();
    }
    if (!last_.empty()) {
        append(std::exchange(last_, {}));
    }
}

void Outbox::discard_unbegun() {
    // [step 3] Keep the rest of the line in progress, and nothing else. (stub: (void)sent_;)
    std::string rest;
    if (sent_ > 0) {
        const std::string_view first = *pieces_.front();
        const bool in_progress = first[sent_ - 1] != '\n';
        rest = first.substr(sent_, in_progress ? first.find('\n', sent_) + 1 - sent_ : 0);
    }
    pieces_.clear();
    bytes_ = 0;
    sent_ = 0;
    if (!rest.empty()) {
        append(rest);
    }
    // [end]
}

std::span<const asio::const_buffer> Outbox::gather(Buffers& buffers) {
    std::size_t skip = sent_;
    gathered_ = 0;
    for (const Line& piece : pieces_) {
        if (gathered_ == buffers.size()) {
            break;
        }
        buffers.at(gathered_++) = asio::buffer(*piece) + skip;
        skip = 0;
    }
    return std::span(buffers).first(gathered_);
}

void Outbox::consume(std::size_t size) {
    bytes_ -= size;
    sent_ += size;
    while (!pieces_.empty() && sent_ >= pieces_.front()->size()) {
        sent_ -= pieces_.front()->size();
        if (pieces_.front() == responses_) {
            responses_.reset();
        }
        pieces_.pop_front();
    }
    gathered_ = 0;
    if (ended_) {
        finish();
    }
}

}  // namespace cookbook::command_server
