// 11.3c, the windows: sender and receiver on a clock that the test moves, without sockets.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "11_03c_file_transfer/window.hpp"

namespace cookbook::file_transfer {

/// "3 blocks from 7".
std::ostream& operator<<(std::ostream& out, const Blocks& blocks) {
    return out << blocks.count << " blocks from " << blocks.first;
}

}  // namespace cookbook::file_transfer

namespace {

using namespace cookbook::file_transfer;
using namespace std::chrono_literals;

const TimePoint start = TimePoint{} + 1h;
constexpr Blocks nothing{};
/// No bytes matter here: blocks have eight, the last one none.
constexpr std::size_t block_size = 8;

Terms terms(std::uint64_t window, bool answered = true) {
    return {.block_size = block_size, .window = window, .answered = answered};
}

/// What a receiver acknowledges now; -1: nothing.
std::int64_t ack_of(Receiver& receiver, TimePoint now = start) {
    const auto block = receiver.take(now);
    return block ? static_cast<std::int64_t>(*block) : -1;
}

/// Accepts full blocks, and returns how many of them were to be written.
int accept_all(Receiver& receiver, const std::vector<std::uint16_t>& blocks,
               TimePoint now = start) {
    return static_cast<int>(std::ranges::count_if(
        blocks, [&](std::uint16_t block) { return receiver.accept(block, block_size, now); }));
}

/// Both ends, and a network that loses, doubles and holds back packets, all in the test's time.
class Network {
public:
    struct Faults {
        double loss = 0;
        double doubled = 0;
        double reordered = 0;
    };

    Network(std::uint64_t window, std::uint64_t blocks, Faults faults, std::uint64_t seed)
        : sender_(terms(window), 1, blocks, start),
          receiver_(terms(window), start),
          blocks_(blocks),
          faults_(faults),
          random_(seed) {
        receiver_.take(start);  // its ACK of block 0 has opened the transfer
    }

    /// Runs until the sender is done. Returns how long that took; nothing if an end gave up.
    std::optional<Duration> run() {
        send();
        while (!sender_.done()) {
            if (sender_.gave_up(now_) || receiver_.gave_up(now_)) {
                return std::nullopt;
            }
            pass_time();
            deliver();
            send();
        }
        return now_ - start;
    }

    [[nodiscard]] std::uint64_t written() const { return written_; }
    [[nodiscard]] std::uint64_t data_sent() const { return data_sent_; }

private:
    struct Flight {
        TimePoint arrives;
        bool is_data;
        std::uint64_t block;
    };

    bool strikes(double probability) {
        return std::uniform_real_distribution<>(0, 1)(random_) < probability;
    }

    void launch(bool is_data, std::uint64_t block) {
        const bool lost = strikes(faults_.loss);
        const int copies = lost ? 0 : strikes(faults_.doubled) ? 2 : 1;
        const Duration time = strikes(faults_.reordered) ? 12ms : 2ms;
        for (int copy = 0; copy < copies; ++copy) {
            flights_.push_back({now_ + time, is_data, block});
        }
    }

    void send() {
        const Blocks blocks = sender_.take(now_);
        for (std::uint64_t i = 0; i < blocks.count; ++i) {
            launch(true, blocks.first + i);
        }
        data_sent_ += blocks.count;
        if (const auto ack = receiver_.take(now_)) {
            launch(false, *ack);
        }
    }

    void pass_time() {
        TimePoint next = std::min(sender_.wakes_at(), receiver_.wakes_at());
        if (receiver_.complete()) {
            next = sender_.wakes_at();
        }
        for (const Flight& flight : flights_) {
            next = std::min(next, flight.arrives);
        }
        now_ = std::max(now_, next);
    }

    void deliver() {
        std::vector<Flight> arrived;
        std::erase_if(flights_, [&](const Flight& flight) {
            if (flight.arrives <= now_) {
                arrived.push_back(flight);
            }
            return flight.arrives <= now_;
        });
        for (const Flight& flight : arrived) {
            if (!flight.is_data) {
                sender_.acknowledge(wire_number(flight.block), now_);
            } else if (receiver_.accept(wire_number(flight.block),
                                        flight.block < blocks_ ? block_size : 0, now_)) {
                BOOST_TEST_REQUIRE(flight.block == ++written_, "a block was written out of order");
                if (receiver_.complete()) {
                    receiver_.finish(10s, now_);
                }
            }
        }
    }

    Sender sender_;
    Receiver receiver_;
    std::uint64_t blocks_;
    Faults faults_;
    std::mt19937_64 random_;
    TimePoint now_ = start;
    std::vector<Flight> flights_;
    std::uint64_t written_ = 0;
    std::uint64_t data_sent_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(file_transfer)

// --- Step 1: stop and wait ---

BOOST_AUTO_TEST_CASE(sends_a_block_for_each_ack) {
    Sender sender(terms(1), 1, 2, start);
    BOOST_TEST(sender.take(start) == (Blocks{1, 1}));
    BOOST_TEST(sender.take(start) == nothing, "nothing more before block 1 is acknowledged");
    sender.acknowledge(1, start);
    BOOST_TEST(sender.take(start) == (Blocks{2, 1}));
    BOOST_TEST(!sender.done());
    sender.acknowledge(2, start);
    BOOST_TEST(sender.done());
    BOOST_TEST(sender.take(start) == nothing);
}

BOOST_AUTO_TEST_CASE(an_old_ack_sends_nothing) {
    Sender sender(terms(1), 1, 10, start);
    TimePoint now = start;
    std::uint64_t sent = sender.take(now).count;
    for (std::uint16_t block = 1; block <= 10; ++block) {
        now += 1ms;
        for (int copy = 0; copy < 2; ++copy) {  // the network doubles each ACK
            sender.acknowledge(block, now);
            sent += sender.take(now).count;
        }
    }
    BOOST_TEST(sender.done());
    BOOST_TEST(sent == 10U, "each ACK came twice, and " << sent << " DATA went out for 10 blocks: "
                                                        << "the Sorcerer's Apprentice at work");
}

BOOST_AUTO_TEST_CASE(an_ack_for_what_was_never_sent_is_ignored) {
    Sender sender(terms(4), 1, 100, start);
    sender.take(start);
    for (const std::uint16_t block : std::vector<std::uint16_t>{5, 100, 32'768, 65'535}) {
        sender.acknowledge(block, start);
        BOOST_TEST(sender.take(start) == nothing, "ACK " << block << " is for no block sent");
    }
    sender.acknowledge(4, start);
    BOOST_TEST(sender.take(start) == (Blocks{5, 4}));
}

BOOST_AUTO_TEST_CASE(block_numbers_wrap) {
    constexpr std::uint64_t last = 140'000;
    Sender sender(terms(1), 1, last, start);
    Receiver receiver(terms(1), start);
    ack_of(receiver);
    for (std::uint64_t block = 1; block <= last; ++block) {
        const std::uint16_t number = wire_number(block);
        BOOST_TEST_REQUIRE(sender.take(start) == (Blocks{block, 1}), "after 65535 comes 0");
        BOOST_TEST_REQUIRE(receiver.accept(number, block_size, start));
        BOOST_TEST_REQUIRE(ack_of(receiver) == static_cast<std::int64_t>(block));
        sender.acknowledge(number, start);
    }
    BOOST_TEST(sender.done());
}

BOOST_AUTO_TEST_CASE(takes_the_next_block_only) {
    Receiver receiver(terms(1), start);
    BOOST_TEST(ack_of(receiver) == 0, "an ACK of block 0 opens the transfer");
    BOOST_TEST(accept_all(receiver, {1}) == 1);
    BOOST_TEST(ack_of(receiver) == 1);
    BOOST_TEST(accept_all(receiver, {1, 3, 0, 65'535}) == 0, "only block 2 is to be written");
    BOOST_TEST(ack_of(receiver) == 1, "what comes again was not acknowledged, it seems");
    BOOST_TEST(accept_all(receiver, {2}) == 1);
    BOOST_TEST(ack_of(receiver) == 2);
}

BOOST_AUTO_TEST_CASE(the_last_block_is_a_short_one) {
    for (const std::size_t size : {std::size_t{0}, block_size - 1}) {
        Receiver receiver(terms(1), start);
        BOOST_TEST(receiver.accept(1, block_size, start));
        BOOST_TEST(!receiver.complete(), "a full block is not the last");
        BOOST_TEST(receiver.accept(2, size, start));
        BOOST_TEST(receiver.complete(), "a block of " << size << " bytes is the last");
    }
}

// --- Step 2: the window ---

BOOST_AUTO_TEST_CASE(an_ack_slides_the_window) {
    Sender sender(terms(4), 1, 10, start);
    BOOST_TEST(sender.take(start) == (Blocks{1, 4}));
    sender.acknowledge(4, start);
    BOOST_TEST(sender.take(start) == (Blocks{5, 4}));
    sender.acknowledge(6, start);
    BOOST_TEST(sender.take(start) == (Blocks{7, 4}),
               "ACK 6 of 5 to 8: 7 is lost, and the receiver "
               "has thrown 8 away");
    sender.acknowledge(10, start);
    BOOST_TEST(sender.done());
}

BOOST_AUTO_TEST_CASE(the_ack_before_the_window_sends_it_again_once_a_round_trip) {
    Sender sender(terms(4), 1, 100, start);
    sender.take(start);
    sender.acknowledge(4, start + 10ms);  // so a round trip takes 10 ms
    BOOST_TEST(sender.take(start + 10ms) == (Blocks{5, 4}));
    sender.acknowledge(4, start + 11ms);
    BOOST_TEST(sender.take(start + 11ms) == nothing, "no reply to block 5 can be there yet");
    sender.acknowledge(4, start + 20ms);
    BOOST_TEST(sender.take(start + 20ms) == (Blocks{5, 4}), "block 5 is lost");
    for (int copy = 0; copy < 5; ++copy) {
        sender.acknowledge(4, start + 21ms);
        BOOST_TEST(sender.take(start + 21ms) == nothing,
                   "a window for each repeated ACK is a storm");
    }
    sender.acknowledge(3, start + 29ms);
    BOOST_TEST(sender.take(start + 29ms) == nothing, "an older ACK says nothing new");
}

BOOST_AUTO_TEST_CASE(a_whole_window_is_acknowledged_at_once) {
    Receiver receiver(terms(4), start);
    ack_of(receiver);
    BOOST_TEST(accept_all(receiver, {1, 2, 3}) == 3);
    BOOST_TEST(ack_of(receiver) == -1, "the window has a block to come");
    BOOST_TEST(accept_all(receiver, {4}) == 1);
    BOOST_TEST(ack_of(receiver) == 4);
    BOOST_TEST(accept_all(receiver, {5, 6, 7, 8, 9}) == 5);
    BOOST_TEST(ack_of(receiver) == 9, "what is beyond the window does not silence the ACK");
}

BOOST_AUTO_TEST_CASE(a_gap_is_reported_once) {
    Receiver receiver(terms(8), start);
    ack_of(receiver);
    BOOST_TEST(accept_all(receiver, {1, 2, 4}) == 2);
    BOOST_TEST(ack_of(receiver) == 2, "block 3 is missing");
    BOOST_TEST(accept_all(receiver, {5, 6, 7, 8}) == 0);
    BOOST_TEST(ack_of(receiver) == -1, "each ACK would send the whole window again");
    BOOST_TEST(accept_all(receiver, {3, 4, 6}) == 2);
    BOOST_TEST(ack_of(receiver) == 4, "that is another gap");
}

BOOST_AUTO_TEST_CASE(a_repeat_is_reported_once_each_time) {
    Receiver receiver(terms(4), start);
    ack_of(receiver);
    accept_all(receiver, {1, 2, 3, 4});
    BOOST_TEST(ack_of(receiver) == 4);
    for (int round = 0; round < 3; ++round) {  // our ACK 4 is lost, again and again
        accept_all(receiver, {1});
        BOOST_TEST(ack_of(receiver) == 4, "the sender has not seen ACK 4");
        accept_all(receiver, {2, 3, 4});
        BOOST_TEST(ack_of(receiver) == -1, "one ACK is enough for a repeated window");
    }
    accept_all(receiver, {1});
    ack_of(receiver);
    accept_all(receiver, {4});
    ack_of(receiver);
    accept_all(receiver, {4});
    BOOST_TEST(ack_of(receiver) == 4, "a late repeat has silenced the receiver for ever");
    BOOST_TEST(accept_all(receiver, {5, 6, 7, 8}) == 4);
    BOOST_TEST(ack_of(receiver) == 8);
}

// --- Step 3: the timer ---

BOOST_AUTO_TEST_CASE(the_timeout_follows_the_round_trips) {
    RetransmissionTimeout timeout(500ms);
    BOOST_TEST((timeout.value() == 500ms));
    timeout.sample(100ms);
    BOOST_TEST((timeout.value() == 300ms), "SRTT 100 ms, RTTVAR 50 ms (RFC 6298, 2.2)");
    timeout.sample(180ms);
    BOOST_TEST((timeout.value() == 340ms), "SRTT 110 ms, RTTVAR 57.5 ms (RFC 6298, 2.3)");
    BOOST_TEST((timeout.shortest_round_trip() == 100ms));
    for (int n = 0; n < 100; ++n) {
        timeout.sample(1ms);
    }
    BOOST_TEST((timeout.value() == RetransmissionTimeout::floor));
    timeout.sample(1min);
    BOOST_TEST((timeout.value() == RetransmissionTimeout::ceiling));
}

BOOST_AUTO_TEST_CASE(the_timeout_doubles_until_something_comes_of_it) {
    RetransmissionTimeout timeout(500ms);
    timeout.sample(100ms);
    for (const Duration expected : {600ms, 1200ms, 2400ms, 4800ms, 5000ms, 5000ms}) {
        timeout.back_off();
        BOOST_TEST((timeout.value() == expected));
    }
    timeout.restore();
    BOOST_TEST((timeout.value() == 300ms), "back to what was measured");
}

BOOST_AUTO_TEST_CASE(a_round_without_progress_sends_the_window_again) {
    Sender sender(terms(4), 1, 100, start);
    sender.take(start);
    BOOST_TEST(sender.take(start + 499ms) == nothing);
    BOOST_TEST((sender.wakes_at() == start + 500ms));
    BOOST_TEST(sender.take(start + 500ms) == (Blocks{1, 4}));
    BOOST_TEST(sender.take(start + 1499ms) == nothing, "it waits twice as long");
    BOOST_TEST(sender.take(start + 1500ms) == (Blocks{1, 4}));
    sender.acknowledge(4, start + 1600ms);
    BOOST_TEST(sender.take(start + 1600ms) == (Blocks{5, 4}));
    BOOST_TEST(sender.take(start + 2100ms) == (Blocks{5, 4}),
               "an ACK has come, so the timeout is 500 ms again, not 2 s");
}

BOOST_AUTO_TEST_CASE(a_block_sent_twice_measures_nothing) {
    Sender sender(terms(1), 1, 100, start);
    sender.take(start);
    sender.take(start + 500ms);  // again
    sender.acknowledge(1, start + 501ms);
    sender.take(start + 501ms);
    BOOST_TEST((sender.wakes_at() == start + 1001ms),
               "the ACK after 501 ms may be that of the first copy or of the second, so the round "
               "trip is not 1 ms (Karn)");
    sender.acknowledge(2, start + 601ms);
    BOOST_TEST((sender.wakes_at() == start + 901ms), "block 2 was sent once: 100 ms, so 300 ms");
}

BOOST_AUTO_TEST_CASE(what_is_no_progress_leaves_the_timer_alone) {
    for (const std::uint64_t window : {1U, 4U}) {
        Sender sender(terms(window), 1, 100, start);
        sender.take(start);
        for (Duration time = 0ms; time < 500ms; time += 10ms) {
            sender.acknowledge(0, start + time);
            BOOST_TEST(sender.take(start + time) == nothing);
        }
        BOOST_TEST(sender.take(start + 500ms).count == window,
                   "old ACKs all the time, and nothing is ever sent again");
    }
    Receiver receiver(terms(4), start);
    ack_of(receiver);
    for (Duration time = 0ms; time < 500ms; time += 10ms) {
        accept_all(receiver, {3}, start + time);
    }
    ack_of(receiver, start + 499ms);
    BOOST_TEST(ack_of(receiver, start + 500ms) == 0);
}

BOOST_AUTO_TEST_CASE(a_receiver_says_again_what_has_come) {
    Receiver receiver(terms(4), start);
    BOOST_TEST(ack_of(receiver) == 0);
    accept_all(receiver, {1, 2}, start + 100ms);
    BOOST_TEST(ack_of(receiver, start + 399ms) == -1);
    BOOST_TEST(
        ack_of(receiver, start + 400ms) == 2,
        "the rest of the window is lost: 300 ms for a round trip of 100 ms, and nothing came");
    BOOST_TEST(ack_of(receiver, start + 999ms) == -1, "the next time it waits twice as long");
    BOOST_TEST(ack_of(receiver, start + 1000ms) == 2);
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_not_answered_gets_three_packets) {
    Sender sender(terms(64, false), 0, 100, start);
    Receiver receiver(terms(64, false), start);
    int sent = 0;
    int acknowledged = 0;
    for (TimePoint now = start; now < start + 10s; now += 10ms) {
        const Blocks blocks = sender.take(now);
        BOOST_TEST_REQUIRE(blocks.count <= 1U, "a window before the peer has said a word");
        sent += static_cast<int>(blocks.count);
        acknowledged += ack_of(receiver, now) == 0 ? 1 : 0;
    }
    BOOST_TEST(sent == 3, "a request of 30 bytes, perhaps with a forged source, has set off "
                              << sent << " packets");
    BOOST_TEST(acknowledged == 3);
    BOOST_TEST((sender.wakes_at() <= start + 10s));
    BOOST_TEST(sender.gave_up(start + 10s));
    BOOST_TEST(receiver.gave_up(start + 10s));
    sender.acknowledge(0, start + 10s);
    BOOST_TEST(sender.take(start + 10s) == (Blocks{1, 64}), "now it has");
}

BOOST_AUTO_TEST_CASE(gives_up_a_peer_without_progress) {
    Sender sender(terms(4), 1, 100, start);
    sender.take(start);
    sender.acknowledge(2, start + 5s);
    BOOST_TEST(!sender.gave_up(start + 15s - 1ns));
    BOOST_TEST(sender.gave_up(start + 15s));
    Receiver receiver(terms(4), start);
    accept_all(receiver, {1}, start + 5s);
    accept_all(receiver, {1, 7}, start + 14s);
    BOOST_TEST(!receiver.gave_up(start + 15s - 1ns));
    BOOST_TEST(receiver.gave_up(start + 15s), "what comes again is no progress");
}

// --- Step 4: the end ---

BOOST_AUTO_TEST_CASE(the_last_ack_waits_for_the_file_s_name) {
    Receiver receiver(terms(4), start);
    ack_of(receiver);
    receiver.accept(1, 3, start);
    BOOST_TEST(receiver.complete());
    BOOST_TEST(ack_of(receiver) == -1, "the file has no name yet, so the ACK would be a lie");
    receiver.accept(1, 3, start + 4s);
    BOOST_TEST(ack_of(receiver, start + 4s) == -1, "nor if the sender asks for it");
    BOOST_TEST(!receiver.gave_up(start + 1h), "and the time it takes is not the sender's silence");
    receiver.finish(2s, start + 5s);
    BOOST_TEST(ack_of(receiver, start + 5s) == 1);
}

BOOST_AUTO_TEST_CASE(stays_to_repeat_the_last_ack) {
    Receiver receiver(terms(4), start);
    ack_of(receiver);
    receiver.accept(1, 3, start);
    receiver.finish(2s, start);
    BOOST_TEST(ack_of(receiver) == 1);
    BOOST_TEST((receiver.wakes_at() == start + 2s));
    for (const Duration time : {500ms, 1000ms, 1900ms}) {
        BOOST_TEST(!receiver.accept(1, 3, start + time), "it is written already");
        BOOST_TEST(ack_of(receiver, start + time) == 1, "our last ACK was lost");
        BOOST_TEST(ack_of(receiver, start + time) == -1);
    }
    BOOST_TEST(!receiver.done(start + 2s - 1ns));
    BOOST_TEST(receiver.done(start + 2s));
}

// --- All of it ---

BOOST_AUTO_TEST_CASE(a_bad_network_delivers_every_block_in_order) {
    for (const std::uint64_t window : {1U, 4U, 16U, 64U}) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            Network network(window, 489, {.loss = 0.2, .doubled = 0.1, .reordered = 0.1}, seed);
            const auto time = network.run();
            BOOST_TEST_REQUIRE(time.has_value(),
                               "window " << window << ", seed " << seed << ": gave up");
            BOOST_TEST(network.written() == 489U);
            BOOST_TEST((*time < 40s), "window " << window << ", seed " << seed << ": "
                                                << std::chrono::duration<double>(*time).count()
                                                << " s");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_good_network_carries_each_block_once) {
    constexpr std::uint64_t blocks = 140'000;
    for (const std::uint64_t window : {1U, 4U, 16U, 64U}) {
        Network network(window, blocks, {}, 1);
        const auto time = network.run();
        BOOST_TEST_REQUIRE(time.has_value());
        BOOST_TEST(network.written() == blocks);
        BOOST_TEST(network.data_sent() == blocks);
        BOOST_TEST((*time == 4ms * ((blocks + window - 1) / window)),
                   "one round trip for a window");
    }
}

BOOST_AUTO_TEST_SUITE_END()
