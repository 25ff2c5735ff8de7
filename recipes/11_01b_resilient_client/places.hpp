// A limited number of places, for which coroutines wait in the order in which they came.
#pragma once

#include <cstddef>
#include <memory>

#include "common/async/asio.hpp"

namespace cookbook::resilient_client {

class Place;

/// So many may have a place at once. For one thread or strand.
///
///     Places places(6);
///     const Place place = co_await places.take();
class Places {
public:
    /// `count` is at least 1.
    explicit Places(std::size_t count);

    /// Waits for a place. Whoever waits goes before whoever comes later, even if a place is free.
    asio::awaitable<Place> take();

    /// How many wait.
    [[nodiscard]] std::size_t waiting() const noexcept;

private:
    friend class Place;
    struct State;
    explicit Places(std::shared_ptr<State> state) : state_(std::move(state)) {}

    std::shared_ptr<State> state_;
};

/// A place, given back at the latest with this object. It may outlive its Places.
class Place {
public:
    Place(Place&& other) noexcept;
    Place& operator=(Place&&) = delete;
    ~Place();

    /// Gives it back before its time.
    void release() noexcept;
    /// Waits for one again, after release().
    asio::awaitable<void> take_again();

private:
    friend class Places;
    explicit Place(std::shared_ptr<Places::State> state) : state_(std::move(state)) {}

    std::shared_ptr<Places::State> state_;
    bool is_taken_ = true;
};

}  // namespace cookbook::resilient_client
