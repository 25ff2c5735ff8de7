#include "chat.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "event.hpp"

namespace cookbook::websocket {
namespace {

/// A visitor who is in a room, as long as the object lives.
class Guest final : public Member {
public:
    Guest(Connection& peer, std::shared_ptr<Room> room, std::string name)
        : Member(std::move(name)), peer_(peer), room_(std::move(room)) {}
    ~Guest() override { room_->leave(*this); }
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;

    void deliver(Broadcast& event) override { peer_.send(event); }
    void flush() override { peer_.flush(); }
    [[nodiscard]] bool is_leaving() const override { return peer_.is_closing(); }

    void hear(const Event& message) {
        if (message.kind == Event::Kind::binary) {
            peer_.close(close_code::unsupported, "text only");
        } else if (const auto text = parse_say(message.data)) {
            room_->say(*this, *text);
        } else {
            peer_.send(Opcode::text, error_event(R"(not {"say": "…"} with 1 to 4,000 characters)"));
        }
    }

private:
    Connection& peer_;
    std::shared_ptr<Room> room_;
};

/// Keeps a sender to its rate: it is read no faster.
class Pace {
public:
    Pace(const asio::any_io_executor& executor, std::size_t per_second)
        : timer_(executor), interval_(asio::steady_timer::duration(1s) / per_second) {}

    asio::awaitable<void> wait() {
        next_ = std::max(next_, asio::steady_timer::clock_type::now()) + interval_;
        timer_.expires_at(next_);
        co_await timer_.async_wait(use_nothrow);
    }

private:
    asio::steady_timer timer_;
    asio::steady_timer::duration interval_;
    asio::steady_timer::time_point next_ = asio::steady_timer::time_point::min();
};

/// A browser tells a page nothing of a handshake that was refused. So whoever may not come in is
/// told after it, by a Close.
void refuse(Connection& peer, std::uint16_t code, std::string_view reason) {
    peer.close(code, reason);
}

}  // namespace

asio::awaitable<void> chat(Connection& peer, Rooms& rooms, Visit visit, std::size_t max_rate) {
    if (!is_name(visit.name) || !is_name(visit.room)) {
        co_return refuse(peer, close_code::bad_name,
                         "names have 1 to 32 characters that can be seen");
    }
    if (!visit.since) {
        co_return refuse(peer, close_code::bad_name, "since is a number");
    }
    const std::shared_ptr<Room> room = rooms.open(visit.room);
    if (!room) {
        co_return refuse(peer, close_code::too_many_rooms, "there are too many rooms");
    }
    Guest guest(peer, room, visit.name);
    if (!room->join(guest)) {
        co_return refuse(peer, close_code::name_taken, "the name is taken");
    }
    peer.send(Opcode::text, room->welcome(guest, *visit.since));
    Pace pace(co_await this_coro::executor, max_rate);
    while (co_await peer.wait()) {
        if (const auto message = peer.next()) {
            guest.hear(*message);
            peer.flush();
            co_await pace.wait();
        }
    }
}

asio::awaitable<void> echo_messages(Connection& peer) {
    while (co_await peer.wait()) {
        while (const auto message = peer.next()) {
            peer.send(message->kind == Event::Kind::text ? Opcode::text : Opcode::binary,
                      message->data);
        }
    }
}

}  // namespace cookbook::websocket
