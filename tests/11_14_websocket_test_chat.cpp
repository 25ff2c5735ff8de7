// 11.14 WebSocket: the chat: who may come in, what is said to whom and in which order, what a slow
// peer may cost.
#include <boost/asio/socket_base.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "11_14_websocket/event.hpp"
#include "11_14_websocket/transcript.hpp"
#include "11_14_websocket_frames.hpp"
#include "support/allocations.hpp"
#include "support/clock.hpp"

using namespace cookbook;
using namespace cookbook::testing;
namespace ws = cookbook::websocket;

namespace {

/// A member that keeps what it is told.
struct Listener final : ws::Member {
    using Member::Member;
    void deliver(ws::Broadcast& event) override { frames.push_back(event.frames({})); }
    void flush() override { ++flushes; }
    [[nodiscard]] bool is_leaving() const override { return leaving; }

    std::vector<ws::Bytes> frames;
    int flushes = 0;
    bool leaving = false;
};

boost::json::object parse(const std::string& event) {
    return boost::json::parse(event.substr(event.find('{'))).as_object();
}

asio::awaitable<Peer> join(WebSocketServer& server, std::string name, std::string more = {}) {
    return open_peer(server, "/chat?room=lobby&name=" + name + more);
}

/// Joins, and takes the welcome.
asio::awaitable<Peer> join_and_enter(WebSocketServer& server, std::string name) {
    Peer peer = co_await join(server, std::move(name));
    const std::string welcome = co_await peer.next();
    BOOST_TEST(welcome.starts_with(R"(text {"event":"welcome",)"), welcome);
    co_return peer;
}

std::string say(const std::string& text) {
    return text_frame(ws::say_message(text));
}

/// An event without its id.
std::string without_id(std::string event) {
    const std::size_t at = event.find("\"id\":");
    return at == event.npos ? event : event.erase(at, event.find(',', at) + 1 - at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_chat)

BOOST_AUTO_TEST_CASE(a_name_is_what_can_be_seen) {
    for (const std::string name :
         {"ann", "Ann Lee", "κόσμε", "a", "日本", "é", "12345678901234567890123456789012"}) {
        BOOST_TEST(ws::is_name(name), name);
    }
    for (const std::string name :
         {"", " ann", "ann ", "a\nb", "a\u202eb", "a\u200bb", "\u00a0", "a\x7f", "\xff", "\u2028",
          "123456789012345678901234567890123"}) {
        BOOST_TEST(!ws::is_name(name), in_quotes(name));
    }
}

BOOST_AUTO_TEST_CASE(understands_one_message_only) {
    BOOST_TEST(ws::parse_say(R"({"say": "hello"})").value_or("") == "hello");
    BOOST_TEST(ws::parse_say(R"({"say": "\u00e9\n"})").value_or("") == "é\n");
    const std::string most = R"({"say":")" + std::string(4000, 'x') + "\"}";
    BOOST_TEST(ws::parse_say(most).has_value());
    for (const std::string bad :
         {"", "hello", "[]", "{}", R"({"say": ""})", R"({"say": 1})", R"({"say": "a", "b": 1})",
          R"({"say": "a"}x)", R"({"say": "\ud800"})"}) {
        BOOST_TEST(!ws::parse_say(bad), bad);
    }
    BOOST_TEST(!ws::parse_say(R"({"say":")" + std::string(4001, 'x') + "\"}"));
}

BOOST_AUTO_TEST_CASE(shows_events_to_people) {
    const auto lines = [](const std::string& event) { return ws::show_event(event, "me").lines; };
    BOOST_TEST(lines(ws::said_event(1, "ann", "hello")) == "ann: hello\n");
    BOOST_TEST(lines(ws::joined_event("bob")) == "* bob has joined\n");
    BOOST_TEST(lines(ws::left_event("bob")) == "* bob has left\n");
    BOOST_TEST(
        lines(ws::said_event(1, "ann", "\x1b[2Jx\nbob: hi")) == "ann: \ufffd[2Jx\ufffdbob: hi\n",
        "nobody moves another one's cursor");
    BOOST_TEST(lines("nonsense").empty());
    BOOST_TEST(lines(R"({"event":"new"})").empty());
    BOOST_TEST(ws::show_event(ws::said_event(1, "me", "x"), "me").is_reply);
    BOOST_TEST(!ws::show_event(ws::said_event(1, "ann", "x"), "me").is_reply);
}

BOOST_AUTO_TEST_CASE(a_message_is_encoded_once_for_all) {
    ws::Room room("lobby", {.max_messages = 1});
    std::vector<std::unique_ptr<Listener>> listeners;
    for (int i = 0; i < 1000; ++i) {
        listeners.push_back(std::make_unique<Listener>("n" + std::to_string(i)));
        BOOST_TEST(room.join(*listeners.back()));
        listeners.back()->frames.reserve(3000);
    }
    room.say(*listeners[0], "first");
    const CountAllocations allocations;
    room.say(*listeners[0], "hello");
    const auto count = allocations.count();
    BOOST_TEST(count < 50U, "a message to 1,000 people costs " << count << " allocations");
    BOOST_TEST((listeners[0]->frames.back() == listeners[999]->frames.back()),
               "each has frames of its own");
}

BOOST_AUTO_TEST_CASE(rooms_forget_empty_rooms_first) {
    ws::Rooms rooms(2);
    Listener ann("ann");
    const auto first = rooms.open("first");
    BOOST_TEST_REQUIRE(first);
    BOOST_TEST(first->join(ann));
    first->say(ann, "hello");
    BOOST_TEST(rooms.open("second") != nullptr);
    BOOST_TEST(rooms.open("third") != nullptr, "nobody is in the second room");
    BOOST_TEST(rooms.open("first") == first, "somebody is in the first");
    first->leave(ann);
    BOOST_TEST(rooms.open("fourth") != nullptr);
}

ASYNC_TEST_CASE(everybody_hears_everything_in_one_order) {
    WebSocketServer server(co_await this_coro::executor);
    Peer ann = co_await join(server, "ann");
    BOOST_TEST(
        co_await ann.next() ==
        R"(text {"event":"welcome","room":"lobby","name":"ann","people":["ann"],"history":[],"missed":false})");
    Peer bob = co_await join(server, "bob");
    BOOST_TEST(
        co_await bob.next() ==
        R"(text {"event":"welcome","room":"lobby","name":"bob","people":["ann","bob"],"history":[],"missed":false})");
    BOOST_TEST(co_await ann.next() == R"(text {"event":"joined","name":"bob"})");
    co_await ann.send(say("one") + text_frame("what?") + say("two"));
    std::uint64_t last = 0;
    for (const std::string text : {"one", "two"}) {
        const std::string heard = co_await bob.next();
        BOOST_TEST(without_id(heard) ==
                   R"(text {"event":"said","name":"ann","text":")" + text + "\"}");
        const auto id = parse(heard).at("id").to_number<std::uint64_t>();
        BOOST_TEST(id > last, "an id is greater than the one before");
        last = id;
    }
    BOOST_TEST((co_await ann.next()).starts_with(R"(text {"event":"said",)"),
               "the speaker hears it, too");
    BOOST_TEST((co_await ann.next()).starts_with(R"(text {"event":"error","detail":)"));
    BOOST_TEST((co_await ann.next()).starts_with(R"(text {"event":"said",)"));
    co_await bob.send(close_frame(1000));
    BOOST_TEST(co_await ann.next() == R"(text {"event":"left","name":"bob"})");
    hang_up(ann, bob);
    co_await server.end();
}

ASYNC_TEST_CASE(who_comes_back_loses_and_doubles_nothing) {
    ws::ServerOptions options;
    options.chat.max_history = 3;
    options.chat.max_rate = 1000;
    WebSocketServer server(co_await this_coro::executor, options);
    Peer ann = co_await join_and_enter(server, "ann");
    std::vector<std::uint64_t> ids;
    for (const std::string text : {"a", "b", "c", "d"}) {
        co_await ann.send(say(text));
        ids.push_back(parse(co_await ann.next()).at("id").to_number<std::uint64_t>());
    }
    struct Case {
        std::uint64_t since;
        std::size_t history;
        bool missed;
    };
    int number = 0;
    for (const auto& [since, history, missed] :
         {Case{0, 3, true}, Case{ids[0], 3, false}, Case{ids[0] - 1, 3, true},
          Case{ids[2], 1, false}, Case{ids[3], 0, false}}) {
        Peer bob = co_await join(server, "bob" + std::to_string(number++),
                                 since == 0 ? "" : "&since=" + std::to_string(since));
        const boost::json::object welcome = parse(co_await bob.next());
        BOOST_TEST(welcome.at("history").as_array().size() == history, "since " << since);
        BOOST_TEST(welcome.at("missed").as_bool() == missed, "since " << since);
    }
    hang_up(ann);
    co_await server.end();
}

ASYNC_TEST_CASE(who_may_not_come_in_is_told_by_a_close) {
    ws::ServerOptions options;
    options.chat.max_rooms = 1;
    WebSocketServer server(co_await this_coro::executor, options);
    Peer ann = co_await join_and_enter(server, "ann");
    struct Case {
        std::string target;
        std::string close;
    };
    for (const auto& [target, close] :
         {Case{"/chat?room=lobby&name=ann", "close 4409 the name is taken"},
          Case{"/chat?room=lobby&name=", "close 4400"}, Case{"/chat?room=lobby", "close 4400"},
          Case{"/chat?name=bob", "close 4400"},
          Case{"/chat?room=lobby&name=a%E2%80%AEb", "close 4400"},
          Case{"/chat?room=lobby&name=bob&since=x", "close 4400"},
          Case{"/chat?room=other&name=bob", "close 4503"}}) {
        Peer peer = co_await open_peer(server, target);
        const std::string event = co_await peer.next();
        BOOST_TEST(event.starts_with(close), target << " got " << event);
        co_await peer.send(close_frame(1000));
        BOOST_TEST(co_await peer.next() == "end");
    }
    co_await ann.send(raw({.first = 0x82, .payload = "x"}));
    BOOST_TEST((co_await ann.next()).starts_with("close 1003"), "the chat takes text only");
    hang_up(ann);
    co_await server.end();
}

ASYNC_TEST_CASE(a_speaker_is_read_at_its_rate) {
    WebSocketServer server(co_await this_coro::executor);
    Peer ann = co_await join_and_enter(server, "ann");
    std::string flood;
    for (int i = 0; i < 40; ++i) {
        flood += say("x");
    }
    const auto begun = std::chrono::steady_clock::now();
    co_await ann.send(flood);
    for (int i = 0; i < 11; ++i) {
        BOOST_TEST((co_await ann.next()).find("said") != std::string::npos);
    }
    const auto time = std::chrono::steady_clock::now() - begun;
    BOOST_TEST((time >= std::chrono::milliseconds(500)), "11 messages came within "
                                                             << time / std::chrono::milliseconds(1)
                                                             << " ms: 20 a second are allowed");
    hang_up(ann);
    co_await server.end();
}

ASYNC_TEST_CASE(a_speaker_who_is_read_slowly_is_not_silent) {
    ws::ServerOptions options;
    options.chat.max_rate = 1;
    WebSocketServer server(co_await this_coro::executor, options);
    Peer ann = co_await join_and_enter(server, "ann");
    std::string flood;
    for (int i = 0; i < 100; ++i) {
        flood += say("x");
    }
    co_await ann.send(flood);
    for (int i = 0; i < 65; ++i) {
        const std::string event = co_await ann.next();
        BOOST_TEST_REQUIRE(
            event.starts_with(R"(text {"event":"said",)"),
            "after " << i << " s came " << event << ": her bytes had come, but were not read yet");
        co_await advance(1s);
    }
    hang_up(ann);
    co_await server.end();
}

ASYNC_TEST_CASE(a_speaker_who_is_read_slowly_is_told_of_the_end_at_once) {
    ws::ServerOptions options;
    options.chat.max_rate = 1;
    WebSocketServer server(co_await this_coro::executor, options);
    Peer ann = co_await join_and_enter(server, "ann");
    const auto begun = std::chrono::steady_clock::now();
    co_await ann.send(say("one") + say("two") + say("three"));
    BOOST_TEST((co_await ann.next()).find("one") != std::string::npos);
    server.stop();
    co_await settle();
    const auto seconds = (std::chrono::steady_clock::now() - begun) / std::chrono::seconds(1);
    int heard = 1;
    std::string event = co_await ann.next();
    for (; event.starts_with("text "); event = co_await ann.next()) {
        ++heard;
    }
    BOOST_TEST(event.starts_with("close 1001"), event);
    // On a busy machine the next message may have been due before the stop.
    BOOST_TEST(heard <= 1 + seconds, "what waits to be read does not delay the end");
    hang_up(ann);
    co_await server.join();
}

ASYNC_TEST_CASE(a_slow_peer_is_closed_and_the_others_do_not_wait) {
    ws::ServerOptions options;
    options.chat.max_rate = 100'000;
    options.connection.max_queue = 200'000;
    options.connection.close_timeout = 600s;
    options.connection.ping_interval = 600s;
    options.limits.idle_timeout = 600s;
    WebSocketServer server(co_await this_coro::executor, options);
    Peer ann = co_await join_and_enter(server, "ann");
    Peer slow = co_await join_and_enter(server, "slow");
    BOOST_TEST(co_await ann.next() == R"(text {"event":"joined","name":"slow"})");
    std::string text;
    for (int i = 0; i < 4000; ++i) {
        text += "\U0001F600";
    }
    constexpr std::size_t count = 800;  // 13 MB, more than the kernel holds for one connection
    for (std::size_t i = 0; i < count; ++i) {
        co_await ann.send(say(text));
        BOOST_TEST_REQUIRE((co_await ann.next()).size() > text.size(),
                           "ann hears herself, whoever else is slow");
    }
    std::size_t heard = 0;
    std::string event = co_await slow.next();
    for (; event.starts_with("text "); event = co_await slow.next()) {
        ++heard;
    }
    BOOST_TEST(event == "close 1013 too slow", "the slow one must be told why");
    BOOST_TEST(heard < count, "13 MB were queued for one peer");
    co_await slow.send(close_frame(1013));
    BOOST_TEST(co_await ann.next() == R"(text {"event":"left","name":"slow"})");
    hang_up(ann, slow);
    co_await server.end();
}

ASYNC_TEST_CASE(a_slow_peer_that_says_nothing_is_cut) {
    ws::ServerOptions options;
    options.chat.max_rate = 100'000;
    options.connection.max_queue = 1000;
    options.connection.close_timeout = std::chrono::milliseconds(100);
    WebSocketServer server(co_await this_coro::executor, options);
    Peer ann = co_await join_and_enter(server, "ann");
    Peer slow = co_await join_and_enter(server, "slow");
    BOOST_TEST(co_await ann.next() == R"(text {"event":"joined","name":"slow"})");
    co_await ann.send(say(std::string(2000, 'x')));
    BOOST_TEST((co_await slow.next()).starts_with("close 1013"),
               "the queue has room for 1,000 bytes");
    BOOST_TEST((co_await ann.next()).starts_with("close 1013"), "so has the speaker's own");
    const std::string end = co_await slow.next();
    BOOST_TEST((end == "end" || end == "reset"), "whoever does not answer our Close is cut");
    hang_up(ann, slow);
    co_await server.end();
}

ASYNC_TEST_CASE(who_leaves_late_leaves_the_room_that_it_was_in) {
    ws::ServerOptions options;
    options.chat.max_rooms = 1;
    WebSocketServer server(co_await this_coro::executor, options);
    Peer gone = co_await join_and_enter(server, "ann");
    co_await gone.send(raw({.first = 0x82, .payload = "x"}));
    BOOST_TEST((co_await gone.next()).starts_with("close 1003"));
    Peer ann = co_await join_and_enter(server, "ann");  // in the place of the one that says nothing
    co_await ann.send(close_frame(1000));
    BOOST_TEST(co_await ann.next() == "close 1000");
    BOOST_TEST(co_await ann.next() == "end");
    Peer bob = co_await open_peer(server, "/chat?room=other&name=bob");
    BOOST_TEST((co_await bob.next()).starts_with(R"(text {"event":"welcome","room":"other",)"),
               "the lobby, in which nobody is, is forgotten for it");
    co_await settle();
    co_await advance(6s);
    const std::string end = co_await gone.next();
    BOOST_TEST((end == "end" || end == "reset"), "who does not answer our Close leaves at last");
    co_await bob.send(say("hello"));
    BOOST_TEST((co_await bob.next()).starts_with(R"(text {"event":"said",)"));
    hang_up(bob);
    co_await server.end();
}

ASYNC_TEST_CASE(a_welcome_too_large_for_the_queue_leaves_the_response_in_it) {
    ws::ServerOptions options;
    options.connection.max_queue = 50;
    WebSocketServer server(co_await this_coro::executor, options);
    Peer ann = co_await join(server, "ann");
    BOOST_TEST(ann.response.starts_with("HTTP/1.1 101 "),
               "a Close where HTTP's response belongs: " << ann.response);
    BOOST_TEST(co_await ann.next() == "close 1013 too slow");
    hang_up(ann);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
