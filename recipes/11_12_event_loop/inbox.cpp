#include "inbox.hpp"

#include <sys/eventfd.h>

#include <cstdint>
#include <utility>

namespace cookbook::event_loop {

Inbox::Inbox() : counter_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd") {}

void Inbox::put(std::function<void()> function) {
    {
        const std::scoped_lock lock(mutex_);
        functions_.push_back(std::move(function));
    }
    // After the function is in the list: the loop may look for it as soon as it is woken.
    ::eventfd_write(counter_.get(), 1);
}

void Inbox::handle_receive() {
    // [step 4] Set the counter back to 0, then take the whole list, and call what was in it.
    std::uint64_t wake_ups = 0;
    ::eventfd_read(counter_.get(), &wake_ups);  // several may have become one event
    std::vector<std::function<void()>> functions;
    {
        const std::scoped_lock lock(mutex_);
        functions.swap(functions_);
    }
    for (const std::function<void()>& function : functions) {
        function();  // without the lock: it may put another one in
    }
    // [end]
}

}  // namespace cookbook::event_loop
