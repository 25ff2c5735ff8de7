// Rooms: who is in them, and what was said. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broadcast.hpp"

namespace cookbook::websocket {

/// Somebody in a room.
class Member {
public:
    explicit Member(std::string name) : name_(std::move(name)) {}
    virtual ~Member() = default;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Queues an event, and waits for nobody.
    virtual void deliver(Broadcast& event) = 0;
    /// Sends what is queued.
    virtual void flush() = 0;
    /// Whether its connection is about to end.
    [[nodiscard]] virtual bool is_leaving() const = 0;

private:
    std::string name_;
};

/// What a room keeps of what was said.
struct HistoryLimits {
    std::size_t max_messages = 50;
    std::size_t max_bytes = std::size_t{128} << 10U;
};

/// One room: the one place where what is said there gets its order.
class Room {
public:
    explicit Room(std::string name, HistoryLimits limits = {})
        : name_(std::move(name)), limits_(limits) {}

    /// False if somebody of that name is there. The others are told.
    [[nodiscard]] bool join(Member& member);
    /// The others are told, if the member was there.
    void leave(Member& member);
    /// Tells everybody, the speaker too.
    void say(const Member& from, std::string_view text);

    /// The first event for a member: who is there, and what is kept of what was said after `since`.
    [[nodiscard]] std::string welcome(const Member& member, std::uint64_t since) const;

    [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
    /// Says that the room had another life, and when it ended: who was there then may have missed
    /// something.
    void set_forgotten_until(std::uint64_t id) noexcept { forgotten_until_ = id; }
    [[nodiscard]] std::uint64_t last_id() const noexcept { return last_id_; }

private:
    struct Said {
        std::uint64_t id;
        std::string event;
    };

    void keep(Said said);
    void tell_all(std::string event, const Member* except = nullptr);
    [[nodiscard]] std::uint64_t next_id();

    std::string name_;
    HistoryLimits limits_;
    std::vector<Member*> members_;
    std::deque<Said> history_;
    std::size_t history_bytes_ = 0;
    std::uint64_t last_id_ = 0;
    std::uint64_t dropped_id_ = 0;  // the newest that is no longer kept
    std::uint64_t forgotten_until_ = 0;
};

/// All rooms, by name.
class Rooms {
public:
    explicit Rooms(std::size_t max_rooms, HistoryLimits limits = {});

    /// The room of that name, which is made if it is not there. Null if there are too many; empty
    /// ones are forgotten first. Its members share it: one whose place was taken may leave after
    /// the room is forgotten.
    [[nodiscard]] std::shared_ptr<Room> open(const std::string& name);

private:
    bool forget_an_empty_one();

    std::size_t max_rooms_;
    HistoryLimits limits_;
    std::map<std::string, std::shared_ptr<Room>, std::less<>> rooms_;
    // The newest that was said in a room that is forgotten. At first the start: nobody knows what
    // was said in the server's life before.
    std::uint64_t forgotten_until_;
};

}  // namespace cookbook::websocket
