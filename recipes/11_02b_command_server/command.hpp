// The words of the protocol: commands, and why the server hangs up.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace cookbook::command_server {

/// `other` is whatever is none of the six: an unknown command, an empty line, bytes that are no
/// text.
enum class Command { echo, time, stats, help, quit, say, other };

struct CommandWord {
    std::string_view name;
    std::string_view summary;  // a sentence, for HELP
};

/// In the order of Command.
inline constexpr std::array<CommandWord, 7> command_words = {{
    {"ECHO", "Sends the words back, joined by single spaces."},
    {"TIME", "Says what time it is, in UTC."},
    {"STATS", "Says what the server has counted."},
    {"HELP", "Lists the commands."},
    {"QUIT", "Ends the connection."},
    {"SAY", "Sends the text to every client, the sender too."},
    {"other", ""},
}};

/// Why a client is dropped, which it is told.
enum class Reason { slow, idle, shutdown };

/// In the order of Reason.
inline constexpr std::array<std::string_view, 3> reason_words = {"slow", "idle", "shutdown"};

/// The place of a Command or a Reason in what is counted by it.
template <typename Enum>
constexpr std::size_t index_of(Enum value) {
    return static_cast<std::size_t>(value);
}

}  // namespace cookbook::command_server
