#include "message.hpp"

#include <algorithm>

namespace cookbook::websocket {
namespace {

std::string_view view(std::span<const char> bytes) {
    return {bytes.data(), bytes.size()};
}

/// How many compressed bytes a message may have: data that cannot be compressed grows a little.
std::uint64_t with_allowance(std::size_t max_message) {
    return std::uint64_t{max_message} + max_message / 64 + 64;
}

}  // namespace

MessageReader::MessageReader(Role own_role, std::size_t max_message, bool compression)
    : role_(own_role), max_message_(max_message), compression_(compression), body_(max_message) {}

std::optional<Event> MessageReader::next(std::span<char>& bytes) {
    body_.forget_whole();
    while (!ended_) {
        if (!in_frame_) {
            const HeaderResult header = take_header(bytes);
            if (!header.violation.empty()) {
                return end({close_code::protocol_error, header.violation});
            }
            if (header.size == 0) {
                return {};
            }
            if (const auto refused = check_header()) {
                return end(*refused);
            }
            begin_payload();
        }
        const std::span<char> piece = take_payload(bytes);
        const auto event = is_control(header_.opcode) ? on_control(piece) : on_data(piece);
        if (event || in_frame_) {
            return event;
        }
    }
    return {};
}

/// Takes a header off the front of `bytes`. One that comes in pieces is put together.
HeaderResult MessageReader::take_header(std::span<char>& bytes) {
    HeaderResult result;
    if (header_size_ == 0) {
        result = parse_header(view(bytes), header_);
        bytes = bytes.subspan(result.size);
    }
    while (result.size == 0 && result.violation.empty() && !bytes.empty()) {
        header_bytes_.at(header_size_++) = bytes.front();
        bytes = bytes.subspan(1);
        result = parse_header({header_bytes_.data(), header_size_}, header_);
    }
    if (result.size > 0) {
        header_size_ = 0;
    }
    return result;
}

/// Why such a frame may not come now, from this peer; nothing if it may.
std::optional<Violation> MessageReader::check_header() const {
    using close_code::protocol_error;
    if (header_.mask.has_value() != (role_ == Role::server)) {
        return Violation{protocol_error, role_ == Role::server ? "a client's frame is not masked"
                                                               : "a server's frame is masked"};
    }
    if (header_.is_compressed &&
        (!compression_ || is_control(header_.opcode) || header_.opcode == Opcode::continuation)) {
        return Violation{protocol_error, "a reserved bit is set"};
    }
    if (is_control(header_.opcode)) {
        return {};
    }
    if (const std::string_view why = violation_of_order(); !why.empty()) {
        return Violation{protocol_error, why};
    }
    return check_length();
}

/// Before a byte of the payload is kept.
std::optional<Violation> MessageReader::check_length() const {
    const bool is_compressed = header_.is_compressed || body_.is_compressed();
    const std::uint64_t most = is_compressed ? with_allowance(max_message_) : max_message_;
    if (header_.length > most - announced_) {
        return Violation{close_code::too_big, "the message is too big"};
    }
    return {};
}

std::string_view MessageReader::violation_of_order() const {
    // [step 3] A continuation goes on with a message, any other data frame begins one.
    const bool goes_on = header_.opcode == Opcode::continuation;
    if (goes_on && !kind_) {
        return "a continuation of nothing";
    }
    if (!goes_on && kind_) {
        return "a message within a message";
    }
    return {};
    // [end]
}

void MessageReader::begin_payload() {
    // [step 3] Begin a frame. A control frame leaves the message that it interrupts as it is.
    in_frame_ = true;
    left_ = header_.length;
    if (is_control(header_.opcode)) {
        control_size_ = 0;
        return;
    }
    announced_ += header_.length;
    if (header_.opcode != Opcode::continuation) {
        kind_ = header_.opcode;
        body_.begin(kind_ == Opcode::text, header_.is_compressed);
    }
    // [end]
}

/// Takes what has come of the payload, unmasked: the mask goes on where the last piece ended.
std::span<char> MessageReader::take_payload(std::span<char>& bytes) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    const std::span<char> piece = bytes.first(size);
    bytes = bytes.subspan(size);
    if (header_.mask) {
        apply_mask(piece, *header_.mask, header_.length - left_);
    }
    left_ -= size;
    in_frame_ = left_ > 0;
    return piece;
}

std::optional<Event> MessageReader::on_control(std::span<char> piece) {
    std::ranges::copy(piece, control_.begin() + static_cast<std::ptrdiff_t>(control_size_));
    control_size_ += piece.size();
    if (in_frame_) {
        return {};
    }
    const std::string_view payload(control_.data(), control_size_);
    if (header_.opcode != Opcode::close) {
        const bool is_ping = header_.opcode == Opcode::ping;
        return Event{is_ping ? Event::Kind::ping : Event::Kind::pong, payload};
    }
    CloseReason reason;
    if (const auto refused = parse_close(payload, reason)) {
        return end(*refused);
    }
    ended_ = true;
    return Event{Event::Kind::close, reason.text, reason.code};
}

std::optional<Event> MessageReader::on_data(std::span<char> piece) {
    const bool is_last = !in_frame_ && header_.is_final;
    if (const auto refused = body_.take(view(piece), is_last)) {
        return end(*refused);
    }
    if (!is_last) {
        return {};
    }
    const bool is_text = kind_ == Opcode::text;
    kind_.reset();
    announced_ = 0;
    return Event{is_text ? Event::Kind::text : Event::Kind::binary, body_.data()};
}

Event MessageReader::end(const Violation& violation) {
    ended_ = true;
    return {Event::Kind::violation, violation.why, violation.code};
}

}  // namespace cookbook::websocket
