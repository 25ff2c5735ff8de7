// poll: each wait hands the whole list of descriptors to the kernel, which looks at every one of
// them, as we do afterwards.
#include <poll.h>

#include <cerrno>
#include <system_error>
#include <unordered_map>

#include "poller.hpp"

namespace cookbook::event_loop {
namespace {

short to_poll(Interest interest) {
    return static_cast<short>((overlap(interest, Interest::receive) ? POLLIN : 0) |
                              (overlap(interest, Interest::send) ? POLLOUT : 0));
}

Interest from_poll(short events) {
    if ((events & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        return Interest::both;
    }
    return ((events & POLLIN) != 0 ? Interest::receive : Interest::none) |
           ((events & POLLOUT) != 0 ? Interest::send : Interest::none);
}

class PollPoller final : public Poller {
public:
    void set(Watch watch, Interest interest) override {
        // [step 2] Add the descriptor to the list, or find it there; then set what it waits for.
        const auto [place, is_new] = places_.try_emplace(watch.descriptor, polled_.size());
        if (is_new) {
            polled_.emplace_back();
            generations_.emplace_back();
        }
        polled_[place->second] = {
            .fd = watch.descriptor, .events = to_poll(interest), .revents = 0};
        generations_[place->second] = watch.generation;
        // [end]
    }

    void remove(int descriptor) override {
        // [step 2] Put the last of the list into its place, so that no other one has to move.
        const auto found = places_.find(descriptor);
        if (found == places_.end()) {
            return;
        }
        const std::size_t place = found->second;
        polled_[place] = polled_.back();
        generations_[place] = generations_.back();
        places_[polled_[place].fd] = place;
        polled_.pop_back();
        generations_.pop_back();
        places_.erase(descriptor);
        // [end]
    }

    void wait(std::chrono::milliseconds timeout, std::vector<Event>& ready) override {
        ready.clear();
        // [step 2] Let the kernel look at all of them, then report those with an event.
        const int count = ::poll(polled_.data(), polled_.size(), static_cast<int>(timeout.count()));
        if (count < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if (count <= 0) {
            return;  // nothing, or a signal, and the list is as it was
        }
        for (std::size_t place = 0; place < polled_.size(); ++place) {
            if (polled_[place].revents != 0) {
                ready.push_back(
                    {{polled_[place].fd, generations_[place]}, from_poll(polled_[place].revents)});
            }
        }
        // [end]
    }

private:
    std::vector<pollfd> polled_;
    std::vector<std::uint32_t> generations_;       // of each in polled_
    std::unordered_map<int, std::size_t> places_;  // where in polled_ a descriptor is
};

}  // namespace

std::unique_ptr<Poller> make_poll_poller() {
    return std::make_unique<PollPoller>();
}

}  // namespace cookbook::event_loop
