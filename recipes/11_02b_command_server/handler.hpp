// From a line to its response, and perhaps an event: no socket, no queue, no clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "command.hpp"
#include "metrics.hpp"

namespace cookbook::command_server {

/// What a line asks for. It points into the line.
struct Request {
    Command command = Command::other;
    /// What follows the command, without the spaces and tabs at its ends.
    std::string_view arguments = {};
    /// Why it cannot be done; empty if it can.
    std::string error = {};
};

/// Understands a line; its line feed is not part of it, carriage returns at its end are dropped.
[[nodiscard]] Request parse(std::string_view line);

/// What has become of an event.
struct Published {
    std::uint64_t seq = 0;
    std::size_t recipients = 0;
};

/// What a response may tell of the room.
struct View {
    std::chrono::system_clock::time_point time;
    TimePoint now;
    const Metrics& metrics;
    Published published = {};  // of a SAY
};

/// The response: one line of JSON, with its line feed.
[[nodiscard]] std::string respond(const Request& request, const View& view);

/// The response to a line that is longer than allowed.
inline constexpr std::string_view line_too_long = "{\"error\":\"line too long\"}\n";

/// What every client gets when `from` says something.
[[nodiscard]] std::string say_event(std::uint64_t seq, std::string_view from,
                                    std::string_view text);

/// The last line for a client that is dropped.
[[nodiscard]] std::string dropped_event(Reason reason);

}  // namespace cookbook::command_server
