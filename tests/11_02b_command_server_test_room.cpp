// 11.2b, the room, without sockets: who hears what, in which order, and who has to go.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_02b_command_server/room.hpp"
#include "support/loopback.hpp"

using namespace cookbook;
using namespace cookbook::command_server;
using namespace cookbook::testing;

namespace {

/// A client that counts how often it is woken, and reads when the test says so. The kernel takes
/// nothing for it, unless it is `quick`.
class Guest final : public Member {
public:
    explicit Guest(std::string name, std::size_t max_queue = 10'000)
        : Member(std::move(name), max_queue) {}

    void wake() override { ++woken; }
    void flush() override {
        if (quick) {
            received += read();
        }
    }

    /// All that is queued.
    std::string read() {
        std::string text;
        while (!outbox.empty()) {
            Outbox::Buffers buffers;
            std::size_t size = 0;
            for (const asio::const_buffer& buffer : outbox.gather(buffers)) {
                text.append(static_cast<const char*>(buffer.data()), buffer.size());
                size += buffer.size();
            }
            outbox.consume(size);
        }
        return text;
    }

    int woken = 0;
    bool quick = false;
    std::string received = {};  // by flush()
};

void handle_line(Room& room, Member& sender, std::string_view line) {
    room.handle(sender, line, std::chrono::steady_clock::now());
}

const std::string slow_notice = dropped_event(Reason::slow);
const std::string shutdown_notice = dropped_event(Reason::shutdown);

/// A client with room for one event of 100 bytes, and no more.
constexpr std::size_t small_queue = 200;
const std::string long_text(100, 'x');

}  // namespace

BOOST_AUTO_TEST_SUITE(command_server)

BOOST_AUTO_TEST_CASE(what_one_says_all_hear) {
    Room room;
    Guest anna("anna");
    Guest ben("ben");
    room.join(anna);
    room.join(ben);
    handle_line(room, anna, "SAY hello");
    BOOST_TEST(ben.woken > 0, "the event is queued, but nobody has been told to send it");
    handle_line(room, ben, "SAY hi");
    const std::string hello = say_event(1, "anna", "hello");
    const std::string hi = say_event(2, "ben", "hi");
    BOOST_TEST(anna.read() == hello + "{\"command\":\"SAY\",\"seq\":1,\"recipients\":2}\n" + hi,
               "the sender hears the event, too, and then has its response");
    BOOST_TEST(ben.read() == hello + hi + "{\"command\":\"SAY\",\"seq\":2,\"recipients\":2}\n");
    BOOST_TEST(anna.woken > 0, "a response is queued, but nobody has been told to send it");
    room.leave(anna);
    room.leave(ben);
}

BOOST_AUTO_TEST_CASE(an_event_is_encoded_once) {
    Room room;
    Guest anna("anna");
    Guest ben("ben");
    room.join(anna);
    room.join(ben);
    handle_line(room, anna, "SAY hello");
    Outbox::Buffers annas;
    Outbox::Buffers bens;
    const auto to_anna = anna.outbox.gather(annas);
    const auto to_ben = ben.outbox.gather(bens);
    BOOST_TEST_REQUIRE(to_anna.size() == 2U, "what one says, it hears, and has a response to");
    BOOST_TEST_REQUIRE(to_ben.size() == 1U, "what one says, the other one is to hear");
    BOOST_TEST(to_anna[0].data() == to_ben[0].data(),
               "each queue has a copy of its own of the event: a thousand clients cost a thousand");
}

BOOST_AUTO_TEST_CASE(events_begin_with_the_connection_and_end_with_it) {
    Room room;
    Guest anna("anna");
    Guest late("late");
    room.join(anna);
    handle_line(room, anna, "SAY one");
    room.join(late);
    handle_line(room, anna, "SAY two");
    room.leave(late);
    handle_line(room, anna, "SAY three");
    BOOST_TEST(late.read() == say_event(2, "anna", "two"));
    BOOST_TEST(room.metrics().deliveries == 4U);
    BOOST_TEST(room.metrics().events == 3U);
    BOOST_TEST(room.metrics().connections == 1U);
    BOOST_TEST(room.metrics().connections_total == 2U);
}

BOOST_AUTO_TEST_CASE(an_event_that_overflows_a_queue_drops_its_client) {
    Room room;
    Guest anna("anna");
    Guest slow("slow", small_queue);
    Guest ben("ben");
    for (Guest* guest : {&anna, &slow, &ben}) {
        room.join(*guest);
    }
    handle_line(room, anna, "SAY " + long_text);
    BOOST_TEST(room.metrics().connections == 3U);
    handle_line(room, anna, "SAY " + long_text);
    BOOST_TEST((slow.dropped == Reason::slow), "its queue would overflow: it has to go");
    BOOST_TEST(slow.read() == slow_notice,
               "nothing of what was queued had been begun: only the last line is left");
    const std::string said = anna.read();
    BOOST_TEST(
        said.ends_with("\"seq\":2,\"recipients\":2}\n"),
        "a client that is dropped is no recipient, but the response was " << in_quotes(said));
    BOOST_TEST(room.metrics().connections == 2U, "a client that is dropped is no connection");
    BOOST_TEST(room.metrics().dropped.at(index_of(Reason::slow)) == 1U);
    handle_line(room, ben, "SAY three");
    BOOST_TEST(slow.read().empty(), "a client that was dropped gets no event");
    BOOST_TEST(anna.read() == say_event(3, "ben", "three"));
    BOOST_TEST(slow.woken >= 2, "whoever is dropped must be woken, to send its last line");
}

BOOST_AUTO_TEST_CASE(several_may_be_dropped_by_one_event) {
    for (unsigned slow_ones = 0; slow_ones < 32; ++slow_ones) {  // each set of five
        Room room;
        std::vector<std::unique_ptr<Guest>> guests;
        for (unsigned n = 0; n < 5; ++n) {
            const bool slow = (slow_ones >> n & 1U) != 0;
            guests.push_back(std::make_unique<Guest>("guest", slow ? small_queue : 10'000));
            room.join(*guests.back());
        }
        Guest speaker("speaker");
        room.join(speaker);
        handle_line(room, speaker, "SAY " + long_text);
        handle_line(room, speaker, "SAY " + long_text);
        const std::string both =
            say_event(1, "speaker", long_text) + say_event(2, "speaker", long_text);
        for (unsigned n = 0; n < 5; ++n) {
            const bool slow = (slow_ones >> n & 1U) != 0;
            BOOST_TEST(guests[n]->read() == (slow ? slow_notice : both),
                       "five clients, the slow ones are the bits of "
                           << slow_ones << ": client " << n
                           << " was passed over when another one left the registry, or met twice");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_sent_before_its_client_is_dropped) {
    Room room;
    Guest quick("quick", small_queue);
    quick.quick = true;
    Guest speaker("speaker");
    room.join(quick);
    room.join(speaker);
    std::string said;
    for (std::uint64_t seq = 1; seq <= 5; ++seq) {
        handle_line(room, speaker, "SAY " + long_text);
        said += say_event(seq, "speaker", long_text);
    }
    BOOST_TEST(!quick.dropped.has_value(),
               "a client was dropped because of what nobody had tried to send: it is not slow");
    const std::string heard = quick.received + quick.read();
    BOOST_TEST(heard == said, "five events were said, and heard was " << in_quotes(heard));
}

BOOST_AUTO_TEST_CASE(the_sender_may_drop_itself) {
    Room room;
    Guest anna("anna", small_queue);
    Guest ben("ben");
    room.join(anna);
    room.join(ben);
    handle_line(room, ben, "SAY " + long_text);
    handle_line(room, anna, "SAY " + long_text);
    BOOST_TEST(anna.read() == slow_notice, "the last line is the last");
    BOOST_TEST(ben.read().ends_with(say_event(2, "anna", long_text)));
}

BOOST_AUTO_TEST_CASE(counts_every_line_but_a_too_long_one) {
    Room room;
    Guest anna("anna");
    room.join(anna);
    for (const char* line : {"ECHO a", "", "FOO", "SAY", "\xff", "echo b", "STATS"}) {
        handle_line(room, anna, line);
    }
    const Metrics& metrics = room.metrics();
    BOOST_TEST(metrics.message_count() == 7U);
    BOOST_TEST(metrics.request_duration.count() == 7U);
    BOOST_TEST(metrics.messages.at(index_of(Command::echo)) == 2U);
    BOOST_TEST(metrics.messages.at(index_of(Command::say)) == 1U);
    BOOST_TEST(metrics.messages.at(index_of(Command::other)) == 3U);
    BOOST_TEST(anna.read().find("\"message_count\":7,") != std::string::npos,
               "STATS counts the line that asks for it, too");
    room.refuse_long_line(anna);
    BOOST_TEST(anna.read() == line_too_long);
    BOOST_TEST(anna.outbox.ended());
    BOOST_TEST(metrics.message_count() == 7U);
    BOOST_TEST(metrics.connections == 0U);
    BOOST_TEST(metrics.dropped_count() == 0U, "it was not dropped, it has broken the rules");
}

BOOST_AUTO_TEST_CASE(quit_is_the_end) {
    Room room;
    Guest anna("anna");
    Guest ben("ben");
    room.join(anna);
    room.join(ben);
    handle_line(room, anna, "QUIT");
    handle_line(room, ben, "SAY is anybody there?");
    BOOST_TEST(anna.read() == "{\"command\":\"QUIT\",\"result\":\"bye\"}\n");
    BOOST_TEST(anna.outbox.ended());
    BOOST_TEST(!anna.dropped.has_value());
}

BOOST_AUTO_TEST_CASE(everybody_is_told_when_the_server_ends) {
    Room room;
    Guest anna("anna");
    Guest ben("ben");
    Guest late("late");
    room.join(anna);
    room.join(ben);
    handle_line(room, anna, "ECHO last words");
    room.close();
    room.join(late);
    BOOST_TEST(
        anna.read() == "{\"command\":\"ECHO\",\"result\":\"last words\"}\n" + shutdown_notice,
        "what is queued goes first");
    BOOST_TEST(ben.read() == shutdown_notice);
    BOOST_TEST(late.read() == shutdown_notice, "accepted in the very moment of the stop");
    BOOST_TEST(room.metrics().dropped.at(index_of(Reason::shutdown)) == 3U);
    BOOST_TEST(room.metrics().connections == 0U);
}

BOOST_AUTO_TEST_CASE(dropping_somebody_twice_counts_once) {
    Room room;
    Guest anna("anna");
    room.join(anna);
    room.drop(anna, Reason::idle);
    room.drop(anna, Reason::slow);
    room.leave(anna);
    BOOST_TEST((anna.dropped == Reason::idle));
    BOOST_TEST(anna.read() == dropped_event(Reason::idle));
    BOOST_TEST(room.metrics().dropped_count() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
