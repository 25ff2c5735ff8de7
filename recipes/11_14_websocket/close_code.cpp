#include "close_code.hpp"

#include <algorithm>

#include "frame.hpp"
#include "utf8.hpp"

namespace cookbook::websocket {

std::optional<Violation> parse_close(std::string_view payload, CloseReason& reason) {
    if (payload.empty()) {
        reason = {};
        return {};
    }
    if (payload.size() == 1) {
        return Violation{close_code::protocol_error, "half a close code"};
    }
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(payload[i]); };
    reason = {static_cast<std::uint16_t>(byte(0) << 8U | byte(1)), payload.substr(2)};
    if (!close_code::may_be_sent(reason.code)) {
        return Violation{close_code::protocol_error, "a close code that nobody may send"};
    }
    Utf8Checker checker;
    if (!checker.take(reason.text) || !checker.finish()) {
        return Violation{close_code::bad_data, "not UTF-8"};
    }
    return {};
}

std::string close_payload(const CloseReason& reason) {
    constexpr std::size_t max_text = max_control_payload - 2;
    if (reason.code == close_code::none) {
        return {};
    }
    const auto is_within_a_character = [&](std::size_t position) {
        return position < reason.text.size() &&
               (static_cast<unsigned char>(reason.text[position]) & 0xc0U) == 0x80;
    };
    std::size_t size = std::min(reason.text.size(), max_text);
    while (is_within_a_character(size)) {
        --size;
    }
    std::string payload = {static_cast<char>(reason.code >> 8U),
                           static_cast<char>(reason.code & 0xffU)};
    return payload.append(reason.text.substr(0, size));
}

}  // namespace cookbook::websocket
