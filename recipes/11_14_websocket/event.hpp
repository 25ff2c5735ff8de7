// The words of the chat: what clients say and what they are told, in JSON. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cookbook::websocket {

/// Whether it may be the name of a person or of a room: 1 to 32 characters that can be seen, no
/// space at either end. Characters that turn the direction of writing, and such that show nothing,
/// would let one name pass for another.
[[nodiscard]] bool is_name(std::string_view text);

/// `text`, which is UTF-8, with a U+FFFD for each character that would move a terminal's cursor or
/// turn the direction of writing.
[[nodiscard]] std::string visible(std::string_view text);

/// What {"say": "…"} says, 1 to 4,000 characters; nothing if the message is anything else.
[[nodiscard]] std::optional<std::string> parse_say(std::string_view message);
/// The message that says it.
[[nodiscard]] std::string say_message(std::string_view text);

[[nodiscard]] std::string said_event(std::uint64_t id, std::string_view name,
                                     std::string_view text);
[[nodiscard]] std::string joined_event(std::string_view name);
[[nodiscard]] std::string left_event(std::string_view name);
[[nodiscard]] std::string error_event(std::string_view detail);
/// `history` are events of said_event().
[[nodiscard]] std::string welcome_event(std::string_view room, std::string_view name,
                                        std::span<const std::string_view> people,
                                        std::span<const std::string_view> history, bool missed);

}  // namespace cookbook::websocket
