// 11.12, the loop alone, over each poller, on the thread of the test.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "11_12_event_loop/event_loop.hpp"
#include "11_12_event_loop/timers.hpp"
#include "11_12_event_loop_watched.hpp"
#include "support/async_case.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::event_loop;
using namespace cookbook::testing;

namespace {

/// Has the loop call `receive` when the descriptor is readable.
void on_receive(EventLoop& loop, int descriptor, std::function<void()> receive) {
    loop.watch(descriptor, Interest::receive, std::make_unique<Calls>(std::move(receive)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_loop)

CASES_FOR_ALL_POLLERS(calls_the_handler_of_what_is_ready) {
    EventLoop& loop = watched.loop;
    const Pair silent;
    const Pair talking;
    int calls = 0;
    on_receive(loop, silent.near.get(), [] { fail("a handler was called, and nothing had come"); });
    on_receive(loop, talking.near.get(), [&] {
        ++calls;
        talking.read_near();
        loop.after(10ms, [&] { loop.stop(); });
    });
    talking.write_to_near();
    loop.run();
    BOOST_TEST(calls == 1, "one byte has come, and the handler was called " << calls << " times");
}

CASES_FOR_ALL_POLLERS(reports_what_is_ready_until_it_no_longer_is) {
    EventLoop& loop = watched.loop;
    const Pair pair;
    int calls = 0;
    on_receive(loop, pair.near.get(), [&] {
        if (++calls == 3) {  // as if each call took only a part of what has come
            pair.read_near();
            loop.stop();
        }
    });
    pair.write_to_near();
    loop.run();
    BOOST_TEST(calls == 3);
}

CASES_FOR_ALL_POLLERS(calls_each_for_what_it_wants) {
    EventLoop& loop = watched.loop;
    const Pair pair;
    std::string calls;
    loop.watch(pair.near.get(), Interest::both,
               std::make_unique<Calls>(
                   [&] {
                       calls += "receive ";
                       pair.read_near();
                       loop.set_interest(pair.near.get(), Interest::send);
                   },
                   [&] {
                       calls += "send ";
                       loop.set_interest(pair.near.get(), Interest::none);
                       loop.after(5ms, [&] { loop.stop(); });
                   }));
    pair.write_to_near();
    loop.run();
    BOOST_TEST(calls == "receive send ", "the handler was called for: " << calls);
}

CASES_FOR_ALL_POLLERS(obeys_an_interest_that_has_just_changed) {
    EventLoop& loop = watched.loop;
    const Pair pair;
    loop.watch(pair.near.get(), Interest::both, std::make_unique<Calls>([&] {
                   pair.read_near();
                   loop.set_interest(pair.near.get(), Interest::receive);
                   loop.after(5ms, [&] { loop.stop(); });
               }));
    pair.write_to_near();
    loop.run();  // handle_send() would throw
    BOOST_TEST(watched.waits <= 10, watched.waits << " turns for one byte");
}

CASES_FOR_ALL_POLLERS(obeys_an_interest_that_another_handler_has_changed) {
    EventLoop& loop = watched.loop;
    const Pair one;
    const Pair other;
    int calls = 0;
    const auto silence = [&](const Pair& silenced, const Pair& own) {
        ++calls;
        own.read_near();
        loop.set_interest(silenced.near.get(), Interest::none);
        loop.after(5ms, [&] { loop.stop(); });
    };
    on_receive(loop, one.near.get(), [&] { silence(other, one); });
    on_receive(loop, other.near.get(), [&] { silence(one, other); });
    one.write_to_near();
    other.write_to_near();
    loop.run();
    BOOST_TEST(calls == 1,
               "both were ready in one turn, and the first has said that the second waits for "
               "nothing any more: its event is no hang-up, and it must not be called");
}

CASES_FOR_ALL_POLLERS(calls_no_handler_that_another_has_removed) {
    EventLoop& loop = watched.loop;
    const Pair one;
    const Pair other;
    int calls = 0;
    const auto remove = [&](int descriptor) {
        ++calls;
        loop.unwatch(descriptor);
        one.read_near();
        other.read_near();
        loop.after(5ms, [&] { loop.stop(); });
    };
    on_receive(loop, one.near.get(), [&] { remove(other.near.get()); });
    on_receive(loop, other.near.get(), [&] { remove(one.near.get()); });
    one.write_to_near();
    other.write_to_near();
    loop.run();
    BOOST_TEST(calls == 1,
               "both were ready in one turn, and the first has unwatched the second: it must not "
               "be called any more");
}

/// Puts another socket under the number of a descriptor, as close() and the next open do.
static void replace(EventLoop& loop, int number, const Pair& successor, int& calls) {
    loop.unwatch(number);
    ::dup2(successor.near.get(), number);
    on_receive(loop, number, [&calls] { ++calls; });
}

CASES_FOR_ALL_POLLERS(keeps_a_stale_event_from_a_new_handler) {
    EventLoop& loop = watched.loop;
    const Pair one;
    const Pair other;
    const Pair successor;  // on which nothing comes
    int stale = 0;
    const auto replace_the = [&](const Pair& replaced, const Pair& own) {
        own.read_near();
        replace(loop, replaced.near.get(), successor, stale);
        loop.after(5ms, [&] { loop.stop(); });
    };
    on_receive(loop, one.near.get(), [&] { replace_the(other, one); });
    on_receive(loop, other.near.get(), [&] { replace_the(one, other); });
    one.write_to_near();
    other.write_to_near();
    loop.run();
    BOOST_TEST(stale == 0,
               "a descriptor was closed, and a new connection got its number, within one turn: the "
               "event of the old one reached the handler of the new one");
}

CASES_FOR_ALL_POLLERS(keeps_a_handler_that_removes_itself_until_its_call_returns) {
    EventLoop& loop = watched.loop;
    const Pair pair;
    auto held = std::make_shared<int>(0);
    const std::weak_ptr<int> alive = held;
    bool lived_on = false;
    on_receive(loop, pair.near.get(), [&, held = std::move(held)] {
        loop.unwatch(pair.near.get());
        lived_on = !alive.expired();
        loop.after(5ms, [&] { loop.stop(); });
    });
    pair.write_to_near();
    loop.run();
    BOOST_TEST(lived_on, "the handler was destroyed while it ran");
    BOOST_TEST(alive.expired(), "a handler that is watched no more was never destroyed");
}

CASES_FOR_ALL_POLLERS(lets_a_handler_watch_many_more) {
    EventLoop& loop = watched.loop;
    const Pair first;
    std::vector<std::unique_ptr<Pair>> others;
    int calls = 0;
    on_receive(loop, first.near.get(), [&] {
        first.read_near();
        for (int n = 0; n < 100; ++n) {
            const Pair& pair = *others.emplace_back(std::make_unique<Pair>());
            on_receive(loop, pair.near.get(), [&] {
                pair.read_near();
                if (++calls == 100) {
                    loop.stop();
                }
            });
            pair.write_to_near();
        }
    });
    first.write_to_near();
    loop.run();
    BOOST_TEST(calls == 100);
    for (const auto& pair : others) {
        loop.unwatch(pair->near.get());
    }
}

CASES_FOR_ALL_POLLERS(forgets_a_descriptor_of_many) {
    EventLoop& loop = watched.loop;
    std::vector<std::unique_ptr<Pair>> pairs;
    std::vector<std::size_t> called;
    for (std::size_t n = 0; n < 5; ++n) {
        const Pair& pair = *pairs.emplace_back(std::make_unique<Pair>());
        on_receive(loop, pair.near.get(), [&called, &pair, n] {
            pair.read_near();
            called.push_back(n);
        });
    }
    loop.unwatch(pairs[1]->near.get());
    loop.unwatch(pairs[4]->near.get());  // the last of the list
    for (const auto& pair : pairs) {
        pair->write_to_near();
    }
    watched.run_for(10ms);
    std::ranges::sort(called);
    BOOST_TEST((called == std::vector<std::size_t>{0, 2, 3}),
               "of five descriptors the second and the last are watched no more, but the handlers "
               "of others than 0, 2 and 3 were called, or not all of these");
}

CASES_FOR_ALL_POLLERS(tells_of_a_peer_that_is_gone_though_nothing_is_wanted) {
    EventLoop& loop = watched.loop;
    asio::io_context context;
    SocketPair pair = connected_pair(context.get_executor());
    const int descriptor = pair.far.native_handle();
    int calls = 0;
    loop.watch(descriptor, Interest::none,
               std::make_unique<Calls>([&] { ++calls; },
                                       [&] {
                                           ++calls;
                                           loop.unwatch(descriptor);
                                       }));
    testing::reset(pair.near);
    watched.run_for(20ms);
    if (!watched.sees_hang_ups) {
        BOOST_TEST(calls == 0, "select() has no event for which nobody has asked");
        return;
    }
    BOOST_TEST(calls == 2,
               "the peer has reset the connection, and the handler, which wanted nothing, was "
               "called "
                   << calls << " times instead of once for each of its functions: POLLHUP comes in "
                   << "every turn, until the handler is told and ends the connection");
}

CASES_FOR_ALL_POLLERS(forgets_a_descriptor_that_is_open_twice) {
    EventLoop& loop = watched.loop;
    const Descriptor duplicate = [&] {
        const Pair pair;
        on_receive(loop, pair.near.get(), [] { fail("an event came after unwatch()"); });
        pair.write_to_near();
        loop.unwatch(pair.near.get());
        return Descriptor(::dup(pair.near.get()), "dup");
    }();  // closed, but for the duplicate
    watched.run_for(10ms);
    BOOST_TEST(watched.waits <= 5, watched.waits << " turns, and nothing to do");
}

ASYNC_TEST_CASE(poll_and_epoll_go_on_after_a_signal) {
    for (WatchedLoop::Make* make : {make_poll_poller, make_epoll_poller}) {
        const FailCalls poll(Call::poll, EINTR, 1);
        const FailCalls epoll(Call::epoll_wait, EINTR, 1);
        WatchedLoop watched(make);
        watched.run_for(5ms);
        BOOST_TEST(poll.struck() + epoll.struck() == 1);
    }
    co_return;
}

// --- Timers ---

CASES_FOR_ALL_POLLERS(calls_timers_and_never_early) {
    EventLoop& loop = watched.loop;
    std::string called;
    const auto begin = EventLoop::clock::now();
    bool early = false;
    const auto add = [&](std::chrono::microseconds delay, char name) {
        loop.after(delay, [&, delay, name] {
            called += name;
            early = early || EventLoop::clock::now() - begin < delay;
        });
    };
    add(7500us, 'c');
    add(1200us, 'a');
    add(4000us, 'b');
    loop.after(9ms, [&] { loop.stop(); });
    loop.run();
    std::ranges::sort(called);  // a thread that was interrupted between two calls of after()
    BOOST_TEST(called == "abc", "timers that fired: " << called);
    BOOST_TEST(!early, "a timer fired before its time");
    BOOST_TEST(watched.waits <= 20, watched.waits << " turns for four timers: a wait that is "
                                                  << "rounded down to 0 ms spins");
}

BOOST_AUTO_TEST_CASE(timers_round_the_wait_up) {
    Timers timers;
    const Timers::clock::time_point now{};
    BOOST_TEST(timers.time_left(now).count() == std::chrono::milliseconds(24h).count());
    timers.add(now + 1200us, [] {});
    BOOST_TEST(
        timers.time_left(now).count() == 2,
        "1.2 ms until the timer, and the loop waits "
            << timers.time_left(now).count()
            << " ms: rounded down, it wakes up early, and then spins until the timer is due");
    BOOST_TEST(timers.time_left(now + 2ms).count() == 0);
}

BOOST_AUTO_TEST_CASE(timers_are_called_in_the_order_of_their_expiry) {
    Timers timers;
    const Timers::clock::time_point now{};
    std::string order;
    for (const char name : std::string_view("gcahfbed")) {
        timers.add(now + (name - 'a') * 1ms, [&order, name] { order += name; });
    }
    timers.run_due(now + 5ms);
    BOOST_TEST(order == "abcdef");
    timers.run_due(now + 1s);
    BOOST_TEST(order == "abcdefgh");
}

BOOST_AUTO_TEST_CASE(timers_that_expire_together_keep_their_order) {
    Timers timers;
    const Timers::clock::time_point now{};
    std::string order;
    for (const char name : std::string_view("abcdefgh")) {
        timers.add(now, [&order, name] { order += name; });
    }
    timers.run_due(now);
    BOOST_TEST(order == "abcdefgh");
}

// --- Other threads ---

CASES_FOR_ALL_POLLERS(takes_all_that_was_posted_at_one_wake_up) {
    EventLoop& loop = watched.loop;
    int calls = 0;
    for (int n = 0; n < 3; ++n) {
        loop.post([&] { ++calls; });
    }
    watched.run_for(20ms);
    BOOST_TEST(calls == 3, "three functions were posted before the loop woke up once, and "
                               << calls << " were called: the eventfd counts wake-ups, and says "
                               << "nothing of how many functions there are");
}

CASES_FOR_ALL_POLLERS(lets_a_posted_function_post_another) {
    EventLoop& loop = watched.loop;
    loop.post([&] { loop.post([&] { loop.stop(); }); });
    loop.run();
    hold();
}

CASES_FOR_ALL_POLLERS(rests_when_what_was_posted_is_done) {
    EventLoop& loop = watched.loop;
    int calls = 0;
    loop.post([&] { ++calls; });
    watched.run_for(20ms);
    BOOST_TEST(calls == 1);
    BOOST_TEST(watched.waits <= 5, watched.waits << " turns for one function: an eventfd stays "
                                                 << "readable until it is read");
}

CASES_FOR_ALL_POLLERS(calls_on_its_own_thread_what_others_post) {
    EventLoop& loop = watched.loop;
    constexpr int threads = 4;
    constexpr int posts = 100;
    const auto own = std::this_thread::get_id();
    int calls = 0;
    std::vector<std::jthread> others;
    for (int n = 0; n < threads; ++n) {
        others.emplace_back([&] {
            for (int i = 0; i < posts; ++i) {
                loop.post([&] {
                    if (std::this_thread::get_id() == own && ++calls == threads * posts) {
                        loop.stop();
                    }
                });
            }
        });
    }
    loop.run();
    BOOST_TEST(calls == threads * posts);
}

// --- select's limit ---

ASYNC_TEST_CASE(select_refuses_a_descriptor_beyond_its_set) {
    allow_many_descriptors();
    WatchedLoop watched(make_select_poller);
    const Pair pair;
    const Descriptor high(::fcntl(pair.near.get(), F_DUPFD_CLOEXEC, 1024), "dup");
    BOOST_TEST_REQUIRE(high.get() == 1024);
    try {
        on_receive(watched.loop, high.get(), [] {});
        fail("descriptor 1024 was watched: FD_SET wrote beyond the set, over what lies behind it");
    } catch (const std::runtime_error& refusal) {
        const std::string what = refusal.what();
        BOOST_TEST((what.find("1024") != what.npos && what.find("FD_SETSIZE") != what.npos),
                   "the refusal does not name the limit: " << what);
    }
    co_return;
}

ASYNC_TEST_CASE(select_takes_the_last_descriptor_of_its_set) {
    allow_many_descriptors();
    WatchedLoop watched(make_select_poller);
    const Pair pair;
    const Descriptor last(::fcntl(pair.near.get(), F_DUPFD_CLOEXEC, 1023), "dup");
    BOOST_TEST_REQUIRE(last.get() == 1023);
    on_receive(watched.loop, last.get(), [&] { watched.loop.stop(); });
    pair.write_to_near();
    watched.loop.run();
    hold();
    co_return;
}

ASYNC_TEST_CASE(poll_and_epoll_take_descriptors_of_any_number) {
    allow_many_descriptors();
    for (WatchedLoop::Make* make : {make_poll_poller, make_epoll_poller}) {
        WatchedLoop watched(make);
        const Pair pair;
        const Descriptor high(::fcntl(pair.near.get(), F_DUPFD_CLOEXEC, 2000), "dup");
        on_receive(watched.loop, high.get(), [&] { watched.loop.stop(); });
        pair.write_to_near();
        watched.loop.run();
        hold();
    }
    co_return;
}

BOOST_AUTO_TEST_SUITE_END()
