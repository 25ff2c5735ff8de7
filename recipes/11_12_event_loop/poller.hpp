// What a loop waits with: select, poll or epoll, behind one interface.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace cookbook::event_loop {

/// What is wanted of a descriptor, or possible there.
enum class Interest : std::uint8_t { none = 0, receive = 1, send = 2, both = 3 };

constexpr Interest operator|(Interest a, Interest b) {
    return static_cast<Interest>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// Whether both have something in common.
constexpr bool overlap(Interest a, Interest b) {
    return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// A descriptor in the hands of one handler. The kernel gives the number of a closed descriptor to
/// the next one that is opened; the generation tells the two apart.
struct Watch {
    int descriptor = -1;
    std::uint32_t generation = 0;
};

struct Event {
    Watch watch;
    Interest ready = Interest::none;
};

/// Waits for many descriptors. Level-triggered: what is ready is reported until it no longer is.
class Poller {
public:
    virtual ~Poller() = default;

    /// Watches a descriptor for `interest`, or changes the interest. Throws std::runtime_error if
    /// it cannot be watched.
    virtual void set(Watch watch, Interest interest) = 0;

    /// Watches it no more. Call it before close(): epoll watches on, under a number that has become
    /// another's, as long as a duplicate of the descriptor is open anywhere.
    virtual void remove(int descriptor) = 0;

    /// Waits until a descriptor is ready, or `timeout` has passed, or a signal has come; `ready` is
    /// then what is ready, perhaps nothing. A descriptor whose peer is gone is ready for both,
    /// whatever the interest is; only select() does not see that if the interest is none.
    virtual void wait(std::chrono::milliseconds timeout, std::vector<Event>& ready) = 0;
};

std::unique_ptr<Poller> make_select_poller();
std::unique_ptr<Poller> make_poll_poller();
std::unique_ptr<Poller> make_epoll_poller();

}  // namespace cookbook::event_loop
