// 11.12 Event-driven I/O
//
// Problem:  serve thousands of connections, datagrams, timers and long computations by one thread.
// Solution: a loop that waits until something is ready and calls what handles it, over select, poll
//           or epoll; then the same server in Asio.
//
// Start with event_loop.cpp, then one poller, epoll_poller.cpp say: that is all of a loop. What it
// runs: tcp_echo.cpp and echo_connection.cpp, udp_services.cpp, thread_pool.cpp. loop_server.cpp
// puts them together, asio_services.cpp does the same in Asio.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "handler.hpp"
#include "poller.hpp"
#include "timers.hpp"

namespace cookbook::event_loop {

class Inbox;

/// Calls handlers when their descriptors are ready, and functions when their time has come. All on
/// the thread that runs it; only post() may be called by another one. What a handler or a function
/// throws leaves run().
class EventLoop {
public:
    using clock = Timers::clock;

    explicit EventLoop(std::unique_ptr<Poller> poller);
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop();

    /// Calls `handler` when its descriptor is ready for `interest`. It must not be watched already.
    /// Throws as Poller::set() does, and then the handler is gone.
    void watch(int descriptor, Interest interest, std::unique_ptr<Handler> handler);

    /// Changes what the handler of a watched descriptor waits for.
    void set_interest(int descriptor, Interest interest);

    /// Watches the descriptor no more. Its handler, which may be the caller, is called no more
    /// either, and destroyed at the end of the turn. Call it before the descriptor is closed.
    void unwatch(int descriptor);

    /// Calls `function` once, when `delay` has passed.
    void after(clock::duration delay, std::function<void()> function);

    /// Calls `function` in one of the next turns. Any thread may call this.
    void post(std::function<void()> function);

    /// Turns until stop() is called, or has been.
    void run();
    void stop() { stopped_ = true; }

    /// The time at which the current turn began, for time stamps that cost nothing.
    [[nodiscard]] clock::time_point now() const { return now_; }

private:
    struct Watched {
        std::unique_ptr<Handler> handler;
        std::uint32_t generation = 0;
        Interest interest = Interest::none;
    };

    void turn();
    void dispatch(const Event& event);
    [[nodiscard]] const Watched* find(Watch watch) const;

    std::unique_ptr<Poller> poller_;
    std::vector<Watched> watched_;  // by descriptor
    std::uint32_t generation_ = 0;  // of the last that was watched
    std::vector<Event> ready_;
    std::vector<std::unique_ptr<Handler>> retired_;
    Timers timers_;
    clock::time_point now_ = clock::now();
    Inbox* inbox_;
    bool stopped_ = false;
};

}  // namespace cookbook::event_loop
