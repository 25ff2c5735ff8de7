#include "room.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "event.hpp"

namespace cookbook::websocket {
namespace {

/// Microseconds since 1970.
std::uint64_t id_of_now() {
    using std::chrono::microseconds;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(now).count());
}

}  // namespace

bool Room::join(Member& member) {
    const auto other = std::ranges::find(members_, member.name(), &Member::name);
    if (other != members_.end()) {
        if (!(*other)->is_leaving()) {
            return false;
        }
        leave(**other);  // who comes back need not wait for the end of the connection before
    }
    members_.push_back(&member);
    tell_all(joined_event(member.name()), &member);
    return true;
}

void Room::leave(Member& member) {
    if (std::erase(members_, &member) > 0) {
        tell_all(left_event(member.name()));
    }
}

void Room::say(const Member& from, std::string_view text) {
    const std::uint64_t id = next_id();
    std::string event = said_event(id, from.name(), text);
    keep({id, event});
    tell_all(std::move(event));
}

void Room::keep(Said said) {
    history_bytes_ += said.event.size();
    history_.push_back(std::move(said));
    while (history_.size() > limits_.max_messages || history_bytes_ > limits_.max_bytes) {
        history_bytes_ -= history_.front().event.size();
        dropped_id_ = history_.front().id;
        history_.pop_front();
    }
}

/// The time, and always greater than the last one: so the order goes on after a restart, too.
std::uint64_t Room::next_id() {
    return last_id_ = std::max(id_of_now(), last_id_ + 1);
}

/// Queued for all before it is sent to any of them: the event is encoded once.
void Room::tell_all(std::string event, const Member* except) {
    Broadcast broadcast(std::move(event));
    for (Member* member : members_) {
        if (member != except) {
            member->deliver(broadcast);
        }
    }
    for (Member* member : members_) {
        if (member != except) {
            member->flush();
        }
    }
}

std::string Room::welcome(const Member& member, std::uint64_t since) const {
    std::vector<std::string_view> people;
    for (const Member* each : members_) {
        people.push_back(each->name());
    }
    std::vector<std::string_view> history;
    for (const Said& said : history_) {
        if (said.id > since) {
            history.push_back(said.event);
        }
    }
    const bool missed = dropped_id_ > since || (since > 0 && forgotten_until_ > since);
    return welcome_event(name_, member.name(), people, history, missed);
}

Rooms::Rooms(std::size_t max_rooms, HistoryLimits limits)
    : max_rooms_(max_rooms), limits_(limits), forgotten_until_(id_of_now()) {}

std::shared_ptr<Room> Rooms::open(const std::string& name) {
    if (const auto found = rooms_.find(name); found != rooms_.end()) {
        return found->second;
    }
    if (rooms_.size() >= max_rooms_ && !forget_an_empty_one()) {
        return nullptr;
    }
    const auto room = std::make_shared<Room>(name, limits_);
    room->set_forgotten_until(forgotten_until_);
    return rooms_[name] = room;
}

/// The one in which nothing has been said for the longest time.
bool Rooms::forget_an_empty_one() {
    auto oldest = rooms_.end();
    for (auto each = rooms_.begin(); each != rooms_.end(); ++each) {
        if (each->second->empty() &&
            (oldest == rooms_.end() || each->second->last_id() < oldest->second->last_id())) {
            oldest = each;
        }
    }
    if (oldest == rooms_.end()) {
        return false;
    }
    forgotten_until_ = std::max(forgotten_until_, oldest->second->last_id());
    rooms_.erase(oldest);
    return true;
}

}  // namespace cookbook::websocket
