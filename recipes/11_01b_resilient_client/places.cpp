#include "places.hpp"

#include <list>
#include <utility>

namespace cookbook::resilient_client {
namespace {

struct Waiter {
    asio::steady_timer woken;
    bool has_place = false;
};

/// Stands in a queue as long as it lives, unless it has got its place.
class InQueue {
public:
    InQueue(std::list<Waiter*>& queue, Waiter& waiter)
        : queue_(queue), waiter_(waiter), position_(queue.insert(queue.end(), &waiter)) {}
    InQueue(const InQueue&) = delete;
    InQueue& operator=(const InQueue&) = delete;
    ~InQueue() {
        if (!waiter_.has_place) {
            queue_.erase(position_);
        }
    }

private:
    std::list<Waiter*>& queue_;
    Waiter& waiter_;
    std::list<Waiter*>::iterator position_;
};

}  // namespace

struct Places::State {
    std::size_t free;
    std::list<Waiter*> queue = {};
};

Places::Places(std::size_t count) : state_(std::make_shared<State>(count)) {}

std::size_t Places::waiting() const noexcept {
    return state_->queue.size();
}

asio::awaitable<Place> Places::take() {
    const std::shared_ptr<State> state = state_;
    if (state->free > 0) {  // then nobody waits
        --state->free;
        co_return Place(state);
    }
    Waiter waiter{
        asio::steady_timer(co_await this_coro::executor, asio::steady_timer::time_point::max())};
    const InQueue in_queue(state->queue, waiter);
    co_await waiter.woken.async_wait(use_nothrow);
    if (!waiter.has_place) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    co_return Place(state);
}

Place::Place(Place&& other) noexcept
    : state_(std::move(other.state_)), is_taken_(std::exchange(other.is_taken_, false)) {}

Place::~Place() {
    release();
}

/// The place goes straight to the first who waits: nobody who comes meanwhile can have it.
void Place::release() noexcept {
    if (!std::exchange(is_taken_, false)) {
        return;
    }
    if (state_->queue.empty()) {
        ++state_->free;
        return;
    }
    Waiter& first = *state_->queue.front();
    state_->queue.pop_front();
    first.has_place = true;
    first.woken.cancel();
}

asio::awaitable<void> Place::take_again() {
    Place again = co_await Places(state_).take();
    is_taken_ = std::exchange(again.is_taken_, false);
}

}  // namespace cookbook::resilient_client
