// One visitor of the chat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "connection.hpp"
#include "room.hpp"

namespace cookbook::websocket {

/// What a visitor has asked for. Names as they came; they may be none.
struct Visit {
    std::string room;
    std::string name;
    std::optional<std::uint64_t> since = 0;  // nothing: it was no number
};

struct ChatLimits {
    std::size_t max_history = 50;  // what was said, per room
    std::size_t max_rooms = 1000;
    std::size_t max_rate = 20;  // messages per second of one person
};

/// Lets the visitor talk, until the connection ends. All must outlive it.
asio::awaitable<void> chat(Connection& peer, Rooms& rooms, Visit visit, std::size_t max_rate);

/// Sends every message back.
asio::awaitable<void> echo_messages(Connection& peer);

}  // namespace cookbook::websocket
