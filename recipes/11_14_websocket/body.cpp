#include "body.hpp"

#include <utility>

namespace cookbook::websocket {
namespace {

constexpr std::size_t kept_capacity = 4096;  // of an idle connection

}  // namespace

void MessageBody::begin(bool is_text, bool is_compressed) {
    is_text_ = is_text;
    if (is_compressed) {
        inflater_.emplace();
    }
}

std::optional<Violation> MessageBody::take(std::string_view piece, bool is_last) {
    const std::size_t before = bytes_.size();
    if (inflater_) {
        if (const auto refused = inflate(piece, is_last)) {
            return refused;
        }
        piece = std::string_view(bytes_).substr(before);
    } else if (before > 0 || !is_last) {
        bytes_ += piece;
    }
    if (is_text_ && (!utf8_.take(piece) || (is_last && !utf8_.finish()))) {
        return Violation{close_code::bad_data, "not UTF-8"};
    }
    if (is_last) {
        data_ = bytes_.empty() ? piece : bytes_;
        inflater_.reset();
        is_whole_ = true;
    }
    return {};
}

std::optional<Violation> MessageBody::inflate(std::string_view piece, bool is_last) {
    Inflater::Outcome outcome = inflater_->take(piece, bytes_, max_size_);
    if (is_last && outcome == Inflater::Outcome::inflated) {
        outcome = inflater_->finish(bytes_, max_size_);
    }
    switch (outcome) {
        case Inflater::Outcome::too_large:
            return Violation{close_code::too_big, "the message is too big"};
        case Inflater::Outcome::malformed:
            return Violation{close_code::bad_data, "not compressed data"};
        case Inflater::Outcome::inflated:
            break;
    }
    return {};
}

void MessageBody::forget_whole() noexcept {
    if (std::exchange(is_whole_, false)) {
        bytes_.clear();
        if (bytes_.capacity() > kept_capacity) {
            bytes_ = {};
        }
    }
}

}  // namespace cookbook::websocket
