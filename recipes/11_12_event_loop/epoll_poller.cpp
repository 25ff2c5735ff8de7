// epoll: the kernel keeps the list of descriptors, and a list of those that are ready. A wait costs
// what is ready, however many are watched.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <system_error>

#include "common/net/descriptor.hpp"
#include "poller.hpp"

namespace cookbook::event_loop {
namespace {

std::uint32_t to_epoll(Interest interest) {
    return (overlap(interest, Interest::receive) ? EPOLLIN : 0U) |
           (overlap(interest, Interest::send) ? EPOLLOUT : 0U);
}

Interest from_epoll(std::uint32_t events) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        return Interest::both;
    }
    return ((events & EPOLLIN) != 0 ? Interest::receive : Interest::none) |
           ((events & EPOLLOUT) != 0 ? Interest::send : Interest::none);
}

class EpollPoller final : public Poller {
public:
    void set(Watch watch, Interest interest) override {
        epoll_event event{.events = to_epoll(interest), .data = {.u64 = pack(watch)}};
        int result = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watch.descriptor, &event);
        if (result < 0 && errno == EEXIST) {
            result = ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, watch.descriptor, &event);
        }
        if (result < 0) {
            throw std::system_error(errno, std::generic_category(), "epoll_ctl");
        }
    }

    void remove(int descriptor) override {
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
    }

    void wait(std::chrono::milliseconds timeout, std::vector<Event>& ready) override {
        const int count = ::epoll_wait(epoll_.get(), events_.data(), max_events,
                                       static_cast<int>(timeout.count()));
        if (count < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "epoll_wait");
        }
        ready.clear();
        const auto found = static_cast<std::size_t>(std::max(count, 0));
        for (const epoll_event& event : std::span(events_).first(found)) {
            ready.push_back({unpack(event.data.u64), from_epoll(event.events)});
        }
    }

private:
    /// What comes back with an event: the number alone may be another descriptor's by then.
    static std::uint64_t pack(Watch watch) {
        return std::uint64_t{watch.generation} << 32U |
               static_cast<std::uint32_t>(watch.descriptor);
    }
    static Watch unpack(std::uint64_t data) {
        return {.descriptor = static_cast<int>(data & 0xffff'ffffU),
                .generation = static_cast<std::uint32_t>(data >> 32U)};
    }

    static constexpr int max_events = 256;

    Descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"};
    std::array<epoll_event, max_events> events_;
};

}  // namespace

std::unique_ptr<Poller> make_epoll_poller() {
    return std::make_unique<EpollPoller>();
}

}  // namespace cookbook::event_loop
