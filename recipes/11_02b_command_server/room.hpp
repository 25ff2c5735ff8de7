// All clients: who is there, in which order they hear what is said, and who has to go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handler.hpp"
#include "metrics.hpp"
#include "outbox.hpp"

namespace cookbook::command_server {

/// A client, as the room sees it.
class Member {
public:
    /// `member_name` is its address, `max_queue` the bytes of its outbox.
    Member(std::string member_name, std::size_t max_queue)
        : name(std::move(member_name)), outbox(max_queue) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    virtual ~Member() = default;

    /// Its outbox has changed. The room calls both for one member after the other: they must
    /// neither wait nor take anybody in or out.
    virtual void wake() = 0;
    /// Sends what the kernel takes now.
    virtual void flush() = 0;

    const std::string name;
    Outbox outbox;
    std::optional<Reason> dropped;  // since when it is no longer in the room
};

/// The registry, and the one place where events get their order. It belongs to one thread; several
/// threads take turns under a lock that they hold for each call.
class Room {
public:
    /// From now on the member gets every event. It must leave before it dies.
    void join(Member& member);
    /// Does nothing if the member is not there.
    void leave(Member& member) noexcept;

    /// Handles a line of `sender`: queues the response and, if the line says something, an event
    /// for everybody. The line came at the time `arrived`.
    void handle(Member& sender, std::string_view line, TimePoint arrived);
    /// Responds to a line that is longer than allowed, and ends the queue.
    void refuse_long_line(Member& sender);

    /// Takes a member out and tells it why. Does nothing if it is not there.
    void drop(Member& member, Reason reason);
    /// Drops everybody, and whoever joins from now on: the server ends.
    void close();

    void count_received(std::size_t bytes) { metrics_.received_bytes += bytes; }
    void count_sent(std::size_t bytes) { metrics_.sent_bytes += bytes; }
    [[nodiscard]] const Metrics& metrics() const { return metrics_; }

private:
    Published publish(const Member& from, std::string_view text);
    void dismiss(Member& member, Reason reason);

    std::vector<Member*> members_;
    std::uint64_t seq_ = 0;  // of the last event
    bool closed_ = false;
    Metrics metrics_;
};

}  // namespace cookbook::command_server
