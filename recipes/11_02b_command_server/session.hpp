// One client of the coroutine style: its lines go into the room, its queue out to it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "command_server.hpp"
#include "common/async/asio.hpp"
#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "flusher.hpp"
#include "room.hpp"

namespace cookbook::command_server {

/// Serves the client until either side ends it. All must outlive it; flusher.run() is running. The
/// caller's `total` cancellation, the order to end that serve() gives, drops it with a last line.
asio::awaitable<void> handle(tcp::socket socket, Room& room, Flusher& flusher, Options options);

/// The state of such a connection: the coroutine reads, flush() writes. Only while the kernel takes
/// no more, a second coroutine waits for it to do so, and writes then.
class Session final : public Member, public Flushable {
public:
    Session(tcp::socket socket, Room& room, Flusher& flusher, const Options& options);
    ~Session() override;

    asio::awaitable<void> run();

    void wake() override { flusher_.add(*this); }
    void flush() override;

private:
    asio::awaitable<void> converse();
    asio::awaitable<void> read_lines();
    asio::awaitable<void> handle_lines(std::string_view lines, TimePoint arrived);
    asio::awaitable<bool> wait_for_room();
    asio::awaitable<void> send_the_rest();
    asio::awaitable<void> write_when_possible();
    bool send_queued();
    void leave_room();
    [[nodiscard]] bool is_stopped(asio::cancellation_type by) const;
    [[nodiscard]] bool has_ended() const;
    [[nodiscard]] bool is_broken() const { return broken_ || idle_->expired(); }

    tcp::socket socket_;
    Room& room_;
    Flusher& flusher_;
    Options options_;
    asio::cancellation_state cancellation_;
    std::optional<Deadline> idle_;
    asio::steady_timer changed_;  // cancelled when the queue has: a condition variable, so to say
    TaskGroup writer_;
    bool blocked_ = false;  // the kernel took no more: the writer waits until it does
    bool broken_ = false;   // the peer is gone
};

}  // namespace cookbook::command_server
