// 11.2b, one client's queue, without a socket: the test is the kernel, which takes as much as it
// likes.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "11_02b_command_server/outbox.hpp"
#include "support/loopback.hpp"

using namespace cookbook;
using namespace cookbook::command_server;
using namespace cookbook::testing;

namespace {

Outbox::Line line(const std::string& text) {
    return std::make_shared<const std::string>(text);
}

/// What the outbox would send by one call.
std::string next_bytes(Outbox& outbox) {
    Outbox::Buffers buffers;
    std::string bytes;
    for (const asio::const_buffer& buffer : outbox.gather(buffers)) {
        bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
    }
    return bytes;
}

/// The kernel takes up to `size` bytes.
std::string take(Outbox& outbox, std::size_t size = std::string::npos) {
    const std::string taken = next_bytes(outbox).substr(0, size);
    outbox.consume(taken.size());
    return taken;
}

/// The kernel takes everything that there is.
std::string take_all(Outbox& outbox) {
    std::string all;
    for (std::string taken = take(outbox); !taken.empty(); taken = take(outbox)) {
        all += taken;
    }
    BOOST_TEST_REQUIRE(outbox.empty(), "nothing is left, but the queue is said to have "
                                           << outbox.bytes() << " bytes");
    return all;
}

const std::string notice = "dropped\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(command_server)

BOOST_AUTO_TEST_CASE(a_queue_keeps_the_order) {
    Outbox outbox(1000);
    outbox.push_response("one\n");
    BOOST_TEST(outbox.push_event(line("two\n")), "there is room for an event of 4 bytes");
    outbox.push_response("three\n");
    BOOST_TEST(outbox.bytes() == 14U);
    BOOST_TEST(take_all(outbox) == "one\ntwo\nthree\n");
    BOOST_TEST(outbox.empty());
}

BOOST_AUTO_TEST_CASE(the_kernel_may_take_any_part) {
    for (const std::size_t size : {1U, 2U, 3U, 5U, 9U}) {
        Outbox outbox(1000);
        std::string expected;
        std::string taken;
        for (const std::string text : {"a\n", "bcd\n", "\n", "efghij\n"}) {
            outbox.push_response(text);
            BOOST_TEST(outbox.push_event(line("event " + text)), "there is room for it");
            expected += text + "event " + text;
            taken += take(outbox, size);
        }
        while (!outbox.empty()) {
            taken += take(outbox, size);
        }
        BOOST_TEST(taken == expected, "the kernel took " << size << " bytes at a time, and got "
                                                         << in_quotes(taken) << " instead of "
                                                         << in_quotes(expected));
    }
}

BOOST_AUTO_TEST_CASE(responses_that_come_together_are_one_buffer) {
    Outbox outbox(100'000);
    for (int n = 0; n < 200; ++n) {
        outbox.push_response("a response\n");
    }
    BOOST_TEST(take(outbox).size() == 2200U,
               "200 responses that came together are to leave by one call, which sends at most 64 "
               "buffers");
}

BOOST_AUTO_TEST_CASE(at_most_64_events_leave_by_one_call) {
    Outbox outbox(100'000);
    const Outbox::Line event = line("event\n");
    for (int n = 0; n < 100; ++n) {
        BOOST_TEST(outbox.push_event(event), "there is room for 100 events of 6 bytes");
    }
    BOOST_TEST(event.use_count() == 101, "an event is shared by the queues, not copied");
    BOOST_TEST(take(outbox).size() == 64U * 6);
    BOOST_TEST(event.use_count() == 37, "what has been taken is let go");
    BOOST_TEST(take(outbox).size() == 36U * 6);
}

BOOST_AUTO_TEST_CASE(an_event_that_would_overflow_the_queue_is_refused) {
    Outbox outbox(16);
    BOOST_TEST(outbox.push_event(line("1234567\n")), "16 bytes of room, and an event of 8");
    BOOST_TEST(outbox.push_event(line("1234567\n")), "8 bytes of room, and an event of 8");
    BOOST_TEST(
        !outbox.push_event(line("\n")),
        "the queue is full, but it has taken one more event: a peer that does not read makes "
        "it as large as it likes");
    BOOST_TEST(outbox.bytes() == 16U, "what is refused is not queued");
    take(outbox, 3);
    BOOST_TEST(!outbox.push_event(line("123\n")), "the kernel has taken 3 bytes, 4 do not fit");
    BOOST_TEST(outbox.push_event(line("12\n")), "the kernel has taken 3 bytes, and 3 fit");
}

BOOST_AUTO_TEST_CASE(a_response_never_overflows_what_may_be_read_for_it) {
    Outbox outbox(100);
    BOOST_TEST(outbox.has_room(), "the queue is empty");
    outbox.push_response(std::string(49, 'x') + '\n');
    BOOST_TEST(outbox.has_room(), "the queue is half full: a request may be read");
    outbox.push_response("\n");
    BOOST_TEST(!outbox.has_room(), "the queue is more than half full: no request may be read");
    take(outbox, 1);
    BOOST_TEST(outbox.has_room(), "it is half full again");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_dropped_loses_what_is_not_begun) {
    Outbox outbox(1000);
    for (const char* text : {"first\n", "second\n", "third\n"}) {
        BOOST_TEST(outbox.push_event(line(text)), "there is room for it");
    }
    BOOST_TEST(take(outbox, 8) == "first\nse");
    outbox.end(notice, Outbox::Unsent::discard);
    BOOST_TEST(outbox.ended());
    const std::string rest = take_all(outbox);
    BOOST_TEST(
        rest == "cond\n" + notice,
        "'se' of 'second' is sent: the line is to be finished, then comes the last line, but "
        "here comes "
            << in_quotes(rest));
}

BOOST_AUTO_TEST_CASE(nothing_is_in_progress_between_two_lines) {
    for (const bool own : {false, true}) {
        Outbox outbox(1000);
        for (const char* text : {"first\n", "second\n"}) {
            if (own) {
                outbox.push_response(text);
            } else {
                BOOST_TEST(outbox.push_event(line(text)), "there is room for it");
            }
        }
        take(outbox, 6);
        outbox.end(notice, Outbox::Unsent::discard);
        const std::string rest = take_all(outbox);
        BOOST_TEST(rest == notice,
                   "the first line is sent, the second one not begun: it is to be thrown away, but "
                       << in_quotes(rest) << " is sent");
    }
}

BOOST_AUTO_TEST_CASE(a_line_in_progress_among_responses_is_finished_too) {
    Outbox outbox(1000);
    outbox.push_response("first\n");
    outbox.push_response("second\n");
    outbox.push_response("third\n");
    take(outbox, 8);
    outbox.end(notice, Outbox::Unsent::discard);
    BOOST_TEST(take_all(outbox) == "cond\n" + notice);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_gets_what_is_queued) {
    Outbox outbox(1000);
    outbox.push_response("bye\n");
    outbox.end(notice, Outbox::Unsent::send);
    outbox.push_response("too late\n");
    BOOST_TEST(!outbox.push_event(line("too late\n")), "the queue has ended");
    outbox.end("once more\n", Outbox::Unsent::discard);
    BOOST_TEST(take_all(outbox) == "bye\n" + notice);
}

BOOST_AUTO_TEST_CASE(an_end_waits_for_a_call_that_is_under_way) {
    for (const std::size_t size : {0U, 6U, 8U, 13U, 19U}) {
        Outbox outbox(1000);
        for (const char* text : {"first\n", "second\n", "third\n"}) {
            BOOST_TEST(outbox.push_event(line(text)), "there is room for it");
        }
        const std::string gathered = next_bytes(outbox);  // another thread sends them now
        outbox.end(notice, Outbox::Unsent::discard);
        const std::string taken = gathered.substr(0, size);
        outbox.consume(taken.size());
        const std::string all = taken + take_all(outbox);
        const std::size_t begun = size == 0 ? 0 : gathered.find('\n', size - 1) + 1;
        BOOST_TEST_REQUIRE(all == gathered.substr(0, begun) + notice,
                           "a call that took " << size
                                               << " bytes was under way at the end: the peer got "
                                               << in_quotes(all));
    }
}

BOOST_AUTO_TEST_CASE(what_is_gathered_stays_where_it_is) {
    Outbox outbox(100'000);
    outbox.push_response("a response of some length, not stored in the string itself\n");
    Outbox::Buffers buffers;
    const auto gathered = outbox.gather(buffers);
    const void* const place = gathered[0].data();
    const std::size_t size = gathered[0].size();
    for (int n = 0; n < 1000; ++n) {
        outbox.push_response("another one\n");
    }
    Outbox::Buffers again;
    BOOST_TEST(outbox.gather(again)[0].data() == place,
               "a response that is being sent was moved by one that was queued meanwhile");
    BOOST_TEST(again[0].size() == size);
}

/// One client's queue, and everything that happens to it, in any order. A call that sends may be
/// under way while others queue lines or end the queue.
class Play {
public:
    enum Action { queue_response, queue_event, begin_call, end_call, end_call_short, drop };
    static constexpr unsigned actions = 6;

    /// Does nothing if it cannot be done now.
    void act(Action action) {
        const std::string text(2 + queued_.size() % 3, static_cast<char>('a' + count_++));
        switch (action) {
            case queue_response:
                if (outbox_.has_room() && !outbox_.ended()) {
                    outbox_.push_response(text + '\n');
                    queued_ += text + '\n';
                }
                break;
            case queue_event:
                queued_ += outbox_.push_event(line(text + '\n')) ? text + '\n' : "";
                break;
            case begin_call:
                if (!under_way_) {
                    gathered_ = next_bytes(outbox_);
                    under_way_ = true;
                }
                break;
            case end_call:
                take_gathered(gathered_.size());
                break;
            case end_call_short:
                take_gathered(gathered_.size() / 2);
                break;
            case drop:
                if (!outbox_.ended() && !under_way_) {
                    begun_ = taken_.size();
                }
                outbox_.end(notice, Outbox::Unsent::discard);
                break;
        }
        if (outbox_.bytes() > max_bytes) {  // an assertion for each of 300,000 would cost seconds
            BOOST_FAIL("the queue exceeds its limit");
        }
    }

    /// Has the kernel take the rest.
    void end() {
        take_gathered(gathered_.size());
        taken_ += take_all(outbox_);
        if (taken_ != expected()) {
            BOOST_FAIL("the client reads " << in_quotes(taken_) << " instead of "
                                           << in_quotes(expected()));
        }
    }

private:
    static constexpr std::size_t max_bytes = 16;

    void take_gathered(std::size_t size) {
        if (under_way_) {
            taken_ += gathered_.substr(0, size);
            outbox_.consume(size);
            begun_ = outbox_.ended() && begun_ == npos ? taken_.size() : begun_;
            under_way_ = false;
        }
    }
    /// Whoever is dropped gets the lines that were begun, and the last one.
    [[nodiscard]] std::string expected() const {
        if (begun_ == npos) {
            return queued_;
        }
        return queued_.substr(0, begun_ == 0 ? 0 : queued_.find('\n', begun_ - 1) + 1) + notice;
    }

    static constexpr std::size_t npos = std::string::npos;
    Outbox outbox_{max_bytes};
    int count_ = 0;
    std::string queued_;
    std::string gathered_;
    bool under_way_ = false;
    std::string taken_;
    std::size_t begun_ = npos;  // bytes that had been taken when the queue was cleared
};

BOOST_AUTO_TEST_CASE(a_client_reads_whole_lines_in_every_interleaving) {
    constexpr unsigned length = 6;
    unsigned all = 1;
    for (unsigned n = 0; n < length; ++n) {
        all *= Play::actions;
    }
    for (unsigned sequence = 0; sequence < all; ++sequence) {
        Play play;
        for (unsigned rest = sequence, n = 0; n < length; ++n, rest /= Play::actions) {
            play.act(static_cast<Play::Action>(rest % Play::actions));
        }
        play.end();
    }
}

/// Queues a line by one way or the other, and returns whether there was room.
static bool push(Outbox& outbox, const std::string& text, bool is_event) {
    if (is_event) {
        return outbox.push_event(line(text));
    }
    const bool may_be_read = outbox.has_room();
    if (may_be_read) {
        outbox.push_response(text);
    }
    return may_be_read;
}

BOOST_AUTO_TEST_CASE(a_client_reads_whole_lines_whatever_happens) {
    std::mt19937 random(20'261'127);
    const auto number = [&](std::size_t below) { return random() % below; };
    for (int round = 0; round < 2000; ++round) {
        Outbox outbox(200);
        std::string queued;
        std::string read;
        for (std::size_t actions = number(60); actions > 0; --actions) {
            const std::string text =
                std::string(number(30), static_cast<char>('a' + actions % 26)) + '\n';
            if (number(3) == 0) {
                read += take(outbox, number(40));
            } else if (push(outbox, text, number(2) == 0)) {
                queued += text;
            }
            BOOST_TEST_REQUIRE(outbox.bytes() <= 200U, "the queue exceeds its limit");
        }
        BOOST_TEST_REQUIRE(queued == read + next_bytes(outbox), "lines are lost or mixed up");
        outbox.consume(0);
        outbox.end(notice, Outbox::Unsent::discard);
        read += take_all(outbox);
        BOOST_TEST_REQUIRE(read.ends_with(notice), "the last line is missing");
        read.resize(read.size() - notice.size());
        BOOST_TEST_REQUIRE((queued.starts_with(read) && (read.empty() || read.back() == '\n')),
                           "the client reads " << in_quotes(read) << " of " << in_quotes(queued));
    }
}

BOOST_AUTO_TEST_SUITE_END()
