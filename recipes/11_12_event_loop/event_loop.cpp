#include "event_loop.hpp"

#include <utility>

#include "inbox.hpp"

namespace cookbook::event_loop {

void EventLoop::turn() {
    // [step 1] Wait, call the handlers of what is ready, then the timers that are due.
    poller_->wait(timers_.time_left(now_), ready_);
    now_ = clock::now();  // once a turn: it costs as much as a tenth of a small message
    for (const Event& event : ready_) {
        dispatch(event);
    }
    timers_.run_due(now_);
    // [end]
    retired_.clear();
}

/// Calls the handler for what it waits for. Each call may change everything: unwatch this handler
/// or any other, close descriptors and open new ones under their numbers.
void EventLoop::dispatch(const Event& event) {
    for (const Interest possible : {Interest::receive, Interest::send}) {
        // [step 1] Look the handler up anew before each call: it may be gone, or another one.
        const Watched* watched = overlap(event.ready, possible) ? find(event.watch) : nullptr;
        if (!watched) {
            continue;
        }
        // What comes for both although nothing was asked for is a hang-up. It comes again in every
        // turn, until the handler has been told and unwatches itself.
        const bool hung_up = watched->interest == Interest::none && event.ready == Interest::both;
        if (hung_up || overlap(watched->interest, possible)) {
            possible == Interest::receive ? watched->handler->handle_receive()
                                          : watched->handler->handle_send();
        }
        // [end]
    }
}

/// The entry of that descriptor, unless it has another handler by now, or none.
const EventLoop::Watched* EventLoop::find(Watch watch) const {
    const Watched& watched = watched_[static_cast<std::size_t>(watch.descriptor)];
    return watched.handler && watched.generation == watch.generation ? &watched : nullptr;
}

EventLoop::EventLoop(std::unique_ptr<Poller> poller) : poller_(std::move(poller)) {
    auto inbox = std::make_unique<Inbox>();
    inbox_ = inbox.get();
    watch(inbox_->descriptor(), Interest::receive, std::move(inbox));
}

EventLoop::~EventLoop() = default;

void EventLoop::watch(int descriptor, Interest interest, std::unique_ptr<Handler> handler) {
    const auto index = static_cast<std::size_t>(descriptor);
    if (index >= watched_.size()) {
        watched_.resize(index + 1);
    }
    poller_->set({descriptor, ++generation_}, interest);
    watched_[index] = {std::move(handler), generation_, interest};
}

void EventLoop::set_interest(int descriptor, Interest interest) {
    Watched& watched = watched_[static_cast<std::size_t>(descriptor)];
    if (watched.interest != interest) {
        poller_->set({descriptor, watched.generation}, interest);
        watched.interest = interest;
    }
}

void EventLoop::unwatch(int descriptor) {
    poller_->remove(descriptor);
    retired_.push_back(std::move(watched_[static_cast<std::size_t>(descriptor)].handler));
}

void EventLoop::after(clock::duration delay, std::function<void()> function) {
    timers_.add(clock::now() + delay, std::move(function));
}

void EventLoop::post(std::function<void()> function) {
    inbox_->put(std::move(function));
}

void EventLoop::run() {
    now_ = clock::now();
    while (!std::exchange(stopped_, false)) {
        turn();
    }
}

}  // namespace cookbook::event_loop
