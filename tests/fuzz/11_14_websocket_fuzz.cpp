// 11.14 WebSocket: whatever bytes come, the codec ends, makes the same of them however they are
// cut, and keeps to its limits; what it takes can be sent again, and is the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "11_14_websocket/event.hpp"
#include "11_14_websocket/extension.hpp"
#include "11_14_websocket/message.hpp"
#include "11_14_websocket/transcript.hpp"
#include "common/net/utf8.hpp"

using namespace cookbook::websocket;

namespace {

constexpr std::size_t max_message = 3000;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check(const Event& event) {
    require(event.data.size() <= max_message);
    if (event.kind == Event::Kind::text || event.kind == Event::Kind::close) {
        require(cookbook::is_utf8(event.data));
    }
    if (event.kind == Event::Kind::ping || event.kind == Event::Kind::pong) {
        require(event.data.size() <= max_control_payload);
    }
}

/// All events, in a form that can be compared.
std::string events_of(std::string bytes, std::size_t piece, Role role, bool compression) {
    MessageReader reader(role, max_message, compression);
    std::string events;
    bool has_ended = false;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        std::span<char> left = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
        while (const auto event = reader.next(left)) {
            check(*event);
            has_ended = event->kind == Event::Kind::close || event->kind == Event::Kind::violation;
            events += static_cast<char>('a' + static_cast<int>(event->kind));
            // Which of two violations is found first depends on what came together.
            if (event->kind != Event::Kind::violation) {
                events += std::to_string(event->code) + std::string(event->data) + '\n';
            }
        }
        require(left.empty() || has_ended);
    }
    return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
    const Role role = (data[0] & 1U) != 0 ? Role::client : Role::server;
    const bool compression = (data[0] & 2U) != 0;
    const std::string whole = events_of(std::string(input), input.size() + 1, role, compression);
    require(whole == events_of(std::string(input), data[1] % 32 + 1U, role, compression));
    if (const auto acceptance = accept_offer(input)) {
        require(acceptance->compression.window_bits >= 9);
    }
    static_cast<void>(check_acceptance(input));
    if (cookbook::is_utf8(input)) {
        if (const auto said = parse_say(input)) {
            require(parse_say(say_message(*said)) == said);
        }
        static_cast<void>(show_event(input, "ann"));
        static_cast<void>(is_name(input));
    }
    return 0;
}
