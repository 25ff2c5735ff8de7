#include "room.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace cookbook::command_server {
namespace {

/// Whether the event is queued. A queue may be full because the client is slow, or because nobody
/// has had the time to send from it: so that is tried first.
bool queue(Member& member, const Outbox::Line& event) {
    if (member.outbox.push_event(event)) {
        return true;
    }
    member.flush();
    return member.outbox.push_event(event);
}

}  // namespace

void Room::join(Member& member) {
    members_.push_back(&member);
    metrics_.connections = members_.size();
    ++metrics_.connections_total;
    if (closed_) {
        drop(member, Reason::shutdown);
    }
}

void Room::leave(Member& member) noexcept {
    std::erase(members_, &member);
    metrics_.connections = members_.size();
}

Published Room::publish(const Member& from, std::string_view text) {
    // [step 2] One number, one encoding, every queue; whose queue would overflow has to go.
    const auto event = std::make_shared<const std::string>(say_event(++seq_, from.name, text));
    std::erase_if(members_, [&](Member* member) {
        if (queue(*member, event)) {
            member->wake();
            return false;
        }
        dismiss(*member, Reason::slow);
        return true;
    });
    // [end]
    ++metrics_.events;
    metrics_.connections = members_.size();
    metrics_.deliveries += members_.size();
    return {.seq = seq_, .recipients = members_.size()};
}

void Room::handle(Member& sender, std::string_view line, TimePoint arrived) {
    const Request request = parse(line);
    ++metrics_.messages.at(index_of(request.command));
    Published published;
    if (request.command == Command::say && request.error.empty()) {
        published = publish(sender, request.arguments);
    }
    const TimePoint now = std::chrono::steady_clock::now();
    metrics_.request_duration.observe(now - arrived);  // before STATS tells it
    sender.outbox.push_response(respond(request, {.time = std::chrono::system_clock::now(),
                                                  .now = now,
                                                  .metrics = metrics_,
                                                  .published = published}));
    if (request.command == Command::quit) {
        leave(sender);
        sender.outbox.end({}, Outbox::Unsent::send);
    }
    sender.wake();
}

void Room::refuse_long_line(Member& sender) {
    leave(sender);
    sender.outbox.push_response(line_too_long);
    sender.outbox.end({}, Outbox::Unsent::send);
    sender.wake();
}

void Room::drop(Member& member, Reason reason) {
    if (std::erase(members_, &member) > 0) {
        metrics_.connections = members_.size();
        dismiss(member, reason);
    }
}

void Room::close() {
    closed_ = true;
    for (Member* member : std::exchange(members_, {})) {
        dismiss(*member, Reason::shutdown);
    }
    metrics_.connections = 0;
}

/// The member is out of the registry, or about to be.
void Room::dismiss(Member& member, Reason reason) {
    ++metrics_.dropped.at(index_of(reason));
    member.dropped = reason;
    // Whoever is slow would not read the rest in time; who leaves with the server gets everything.
    member.outbox.end(dropped_event(reason),
                      reason == Reason::shutdown ? Outbox::Unsent::send : Outbox::Unsent::discard);
    member.wake();
}

}  // namespace cookbook::command_server
