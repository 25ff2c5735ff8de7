// What the tests of recipe 11.12 need to run a loop on their own thread.
#pragma once

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_12_event_loop/event_loop.hpp"
#include "common/net/descriptor.hpp"
#include "support/async_case.hpp"

namespace cookbook::testing {

/// A poller that counts its waits, and ends a loop that spins or would wait for ever by an
/// exception.
class WatchedPoller final : public event_loop::Poller {
public:
    static constexpr int max_waits = 2000;

    WatchedPoller(std::unique_ptr<event_loop::Poller> poller, int& waits)
        : poller_(std::move(poller)), waits_(waits) {}

    void set(event_loop::Watch watch, event_loop::Interest interest) override {
        poller_->set(watch, interest);
    }
    void remove(int descriptor) override { poller_->remove(descriptor); }
    void wait(std::chrono::milliseconds timeout, std::vector<event_loop::Event>& ready) override {
        constexpr auto patience = 8s;
        if (++waits_ > max_waits) {
            throw std::runtime_error(
                "the loop has turned 2,000 times: something is ready in every turn, and no handler "
                "changes that");
        }
        poller_->wait(std::min<std::chrono::milliseconds>(timeout, patience), ready);
        if (ready.empty() && timeout > patience) {
            throw std::runtime_error(
                "the loop waits, but what it should have been told has not come within 8 s");
        }
    }

private:
    std::unique_ptr<event_loop::Poller> poller_;
    int& waits_;
};

/// A loop on a poller that is watched. It ends, all being well, when the case calls stop().
struct WatchedLoop {
    using Make = std::unique_ptr<event_loop::Poller>();

    explicit WatchedLoop(Make* make)
        : loop(std::make_unique<WatchedPoller>(make(), waits)),
          sees_hang_ups(make != event_loop::make_select_poller) {}

    int waits = 0;
    event_loop::EventLoop loop;
    bool sees_hang_ups;  // if nothing is wanted of the descriptor, too

    /// Turns until `time` has passed.
    void run_for(std::chrono::milliseconds time) {
        loop.after(time, [this] { loop.stop(); });
        loop.run();
    }
};

/// A handler out of functions.
class Calls final : public event_loop::Handler {
public:
    using Function = std::function<void()>;

    explicit Calls(Function receive, Function send = {})
        : receive_(std::move(receive)), send_(std::move(send)) {}

    void handle_receive() override { receive_ ? receive_() : unexpected("receive"); }
    void handle_send() override { send_ ? send_() : unexpected("send"); }

private:
    static void unexpected(const std::string& what) {
        throw std::runtime_error("handle_" + what +
                                 "() was called, but the handler did not want it");
    }

    Function receive_;
    Function send_;
};

/// Lets the process have descriptors beyond FD_SETSIZE, from now on.
inline void allow_many_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 4096));
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Two non-blocking sockets that are connected to each other.
struct Pair {
    Pair() : Pair(make()) {}

    Descriptor near;
    Descriptor far;

    void write_to_near(std::string_view data = "x") const {
        ::send(far.get(), data.data(), data.size(), MSG_NOSIGNAL);
    }
    /// Receives what has come.
    void read_near() const {
        std::array<char, 64> buffer;
        ::recv(near.get(), buffer.data(), buffer.size(), 0);
    }

private:
    explicit Pair(std::array<int, 2> ends)
        : near(ends[0], "socketpair"), far(ends[1], "socketpair") {}
    static std::array<int, 2> make() {
        std::array<int, 2> ends{-1, -1};
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data());
        return ends;
    }
};

}  // namespace cookbook::testing

/// One body, three cases.
#define CASES_FOR_ALL_POLLERS(name)              \
    static void name(WatchedLoop&);              \
    ASYNC_TEST_CASE(epoll_##name) {              \
        WatchedLoop watched(make_epoll_poller);  \
        name(watched);                           \
        co_return;                               \
    }                                            \
    ASYNC_TEST_CASE(poll_##name) {               \
        WatchedLoop watched(make_poll_poller);   \
        name(watched);                           \
        co_return;                               \
    }                                            \
    ASYNC_TEST_CASE(select_##name) {             \
        WatchedLoop watched(make_select_poller); \
        name(watched);                           \
        co_return;                               \
    }                                            \
    static void name(WatchedLoop& watched)
