// select: two sets of 1,024 bits, in which each wait leaves only those that are ready.
#include <fmt/format.h>
#include <sys/select.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "poller.hpp"

namespace cookbook::event_loop {
namespace {

void put(fd_set& set, int descriptor, bool member) {
    if (member) {
        FD_SET(descriptor, &set);
    } else {
        FD_CLR(descriptor, &set);
    }
}

timeval to_timeval(std::chrono::milliseconds time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return {.tv_sec = seconds.count(),
            .tv_usec = std::chrono::microseconds(time - seconds).count()};
}

class SelectPoller final : public Poller {
public:
    SelectPoller() {
        FD_ZERO(&receive_);
        FD_ZERO(&send_);
    }

    void set(Watch watch, Interest interest) override {
        // [step 5] Refuse a descriptor that has no bit in an fd_set.
        if (watch.descriptor >= FD_SETSIZE) {
            throw std::runtime_error(
                fmt::format("select() takes descriptors below FD_SETSIZE ({}), not {}", FD_SETSIZE,
                            watch.descriptor));
        }
        // [end]
        put(receive_, watch.descriptor, overlap(interest, Interest::receive));
        put(send_, watch.descriptor, overlap(interest, Interest::send));
        generations_[static_cast<std::size_t>(watch.descriptor)] = watch.generation;
        highest_ = std::max(highest_, watch.descriptor);
    }

    void remove(int descriptor) override {
        put(receive_, descriptor, false);
        put(send_, descriptor, false);
        while (highest_ >= 0 && !FD_ISSET(highest_, &receive_) && !FD_ISSET(highest_, &send_)) {
            --highest_;
        }
    }

    void wait(std::chrono::milliseconds timeout, std::vector<Event>& ready) override {
        ready.clear();
        fd_set can_receive = receive_;
        fd_set can_send = send_;
        timeval limit = to_timeval(timeout);
        int count = ::select(highest_ + 1, &can_receive, &can_send, nullptr, &limit);
        if (count < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "select");
        }
        for (int descriptor = 0; count > 0 && descriptor <= highest_; ++descriptor) {
            const bool receive = FD_ISSET(descriptor, &can_receive);
            const bool send = FD_ISSET(descriptor, &can_send);
            if (receive || send) {
                ready.push_back({{descriptor, generations_[static_cast<std::size_t>(descriptor)]},
                                 (receive ? Interest::receive : Interest::none) |
                                     (send ? Interest::send : Interest::none)});
                count -=
                    static_cast<int>(receive) + static_cast<int>(send);  // bits, not descriptors
            }
        }
    }

private:
    fd_set receive_;
    fd_set send_;
    std::array<std::uint32_t, FD_SETSIZE> generations_{};
    int highest_ = -1;
};

}  // namespace

std::unique_ptr<Poller> make_select_poller() {
    return std::make_unique<SelectPoller>();
}

}  // namespace cookbook::event_loop
