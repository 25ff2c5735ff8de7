// How other threads reach the loop: a list of functions, and a descriptor that wakes it.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "common/net/descriptor.hpp"
#include "handler.hpp"

namespace cookbook::event_loop {

/// Functions that other threads want the loop's thread to call. Its eventfd(2) counts how many have
/// been put in, and is readable as long as that is not 0.
class Inbox final : public Handler {
public:
    Inbox();

    [[nodiscard]] int descriptor() const { return counter_.get(); }

    /// Puts a function in. Any thread may call it.
    void put(std::function<void()> function);

    /// Calls all that have been put in.
    void handle_receive() override;

private:
    Descriptor counter_;
    std::mutex mutex_;
    std::vector<std::function<void()>> functions_;
};

}  // namespace cookbook::event_loop
