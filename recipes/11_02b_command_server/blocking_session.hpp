// One client of the thread style: one thread reads, another one writes.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <string_view>

#include "11_02_tcp_server/line_buffer.hpp"
#include "11_02_tcp_server/listener.hpp"
#include "command_server.hpp"
#include "room.hpp"

namespace cookbook::command_server {

/// The room, and the lock under which it is used: an event gets its number, and its place in every
/// queue, under one lock. If two threads could get in between, clients would hear the same two
/// events in different orders.
struct SharedRoom {
    std::mutex mutex;
    Room room;
};

/// All but run() and what waits happens under the room's lock: the outbox is part of the room.
class BlockingSession final : public Member {
public:
    BlockingSession(tcp_server::Connection connection, SharedRoom& shared, const Options& options);

    /// Serves the client until either side ends it: reads on the calling thread, and writes on one
    /// of its own.
    void run();

    void wake() override;
    void flush() override;

private:
    using Lock = std::unique_lock<std::mutex>;

    void read_lines();
    bool handle_next(tcp_server::LineBuffer& lines, ssize_t size);
    void handle_lines(Lock& lock, std::string_view lines, TimePoint arrived);
    bool wait_for_room(Lock& lock);
    void end_reading();

    void write_lines();
    bool send_some();
    void end_writing(Lock& lock);
    void look_at_the_limit();
    void wait_until_writable(Lock& lock);

    void move_limit();
    [[nodiscard]] bool has_ended() const { return outbox.ended() || broken_; }

    tcp_server::Connection connection_;
    SharedRoom& shared_;
    Options options_;
    std::condition_variable changed_;
    TimePoint limit_;             // when it has been silent for too long
    bool reading_ended_ = false;  // nothing will come
    bool broken_ = false;         // nothing can be sent
};

}  // namespace cookbook::command_server
