// 11.14 WebSocket: what the lab is about: masking, headers, fragments, the handshake, the queue.
// …_test_codec.cpp tests the rest of the codec, …_test_server.cpp the server on the wire,
// …_test_chat.cpp the chat, …_test_client.cpp the clients, …_test_beast.cpp Beast beside us.
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <string>

#include "11_14_websocket/frame.hpp"
#include "11_14_websocket/handshake.hpp"
#include "11_14_websocket/queue.hpp"
#include "11_14_websocket_frames.hpp"

using namespace cookbook;
using namespace cookbook::testing;
namespace ws = cookbook::websocket;

namespace {

std::string masked(std::string text, std::uint64_t position = 0) {
    ws::apply_mask(text, a_mask, position);
    return text;
}

/// By the book: byte by byte (RFC 6455, 5.3).
std::string masked_slowly(std::string text, std::uint64_t position) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        text[i] =
            static_cast<char>(static_cast<unsigned char>(text[i]) ^ a_mask.at((position + i) % 4));
    }
    return text;
}

std::string some_text(std::size_t size) {
    std::string text(size, '\0');
    std::iota(text.begin(), text.end(), 'a');
    return text;
}

/// "SIZE LENGTH" of a header, "more" if it needs more bytes, or "refused".
std::string parsed(const std::string& bytes) {
    FrameHeader header;
    const ws::HeaderResult result = ws::parse_header(bytes, header);
    if (!result.violation.empty()) {
        return "refused";
    }
    return result.size == 0 ? "more"
                            : std::to_string(result.size) + " " + std::to_string(header.length);
}

void expect_header(std::initializer_list<int> values, const std::string& expected,
                   const std::string& rule) {
    const std::string header = bytes(values);
    const std::string got = parsed(header);
    BOOST_TEST(got == expected, to_hex(header) << " was read as '" << got << "', not '" << expected
                                               << "': " << rule);
}

ws::Bytes frames(const std::string& text) {
    return std::make_shared<const std::string>(text);
}

/// What the queue would send next, all of it taken.
std::string sent(ws::SendQueue& queue) {
    std::string all;
    while (!queue.empty()) {
        std::string gathered;
        for (const asio::const_buffer& buffer : queue.gather()) {
            gathered.append(static_cast<const char*>(buffer.data()), buffer.size());
        }
        queue.consume(gathered.size());
        all += gathered;
    }
    return all;
}

std::string gathered_text(ws::SendQueue& queue) {
    std::string gathered;
    for (const asio::const_buffer& buffer : queue.gather()) {
        gathered.append(static_cast<const char*>(buffer.data()), buffer.size());
    }
    return gathered;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket)

// --- Step 1: unmask ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(unmasks_the_example_of_the_rfc) {
    std::string hello = bytes({0x7f, 0x9f, 0x4d, 0x51, 0x58});
    ws::apply_mask(hello, a_mask);
    BOOST_TEST(hello == "Hello",
               "RFC 6455, 5.7 has a masked \"Hello\", which was unmasked as " << in_quotes(hello));
}

BOOST_AUTO_TEST_CASE(unmasks_any_number_of_bytes) {
    for (std::size_t size = 0; size < 100; ++size) {
        const std::string text = some_text(size);
        BOOST_TEST(masked(text) == masked_slowly(text, 0),
                   size << " bytes: byte i is XORed with byte i modulo 4 of the key, the last few "
                           "that are no eight too");
    }
}

BOOST_AUTO_TEST_CASE(goes_on_where_the_last_piece_ended) {
    for (std::uint64_t position = 0; position < 9; ++position) {
        const std::string text = some_text(21);
        BOOST_TEST(masked(text, position) == masked_slowly(text, position),
                   "a piece that begins at byte " << position
                                                  << " of its payload was unmasked as if it began "
                                                     "elsewhere: the key goes on at "
                                                  << position % 4);
    }
}

// --- Step 2: the header --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_the_three_forms_of_a_length) {
    expect_header({0x81, 0x05}, "2 5", "up to 125 it is the length itself");
    expect_header({0x81, 0x7d}, "2 125", "up to 125 it is the length itself");
    expect_header({0x82, 0x7e, 0x00, 0x7e}, "4 126", "126 says that two bytes follow");
    expect_header({0x82, 0x7e, 0xff, 0xfe}, "4 65534", "126 says that two bytes follow");
    expect_header({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}, "10 65536",
                  "127 says that eight bytes follow");
    expect_header({0x82, 0x7f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                  "10 9223372036854775807", "the most that 63 bits can be");
    expect_header({0x81, 0x85, 1, 2, 3, 4}, "6 5", "the key of a masked frame is 4 bytes more");
}

BOOST_AUTO_TEST_CASE(waits_for_the_whole_header) {
    expect_header({0x81}, "more", "the second byte has not come");
    expect_header({0x82, 0x7e, 0x01}, "more", "half of the length has not come");
    expect_header({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0}, "more", "a byte of the length has not come");
    expect_header({0x81, 0x85, 1, 2, 3}, "more", "a byte of the key has not come");
}

BOOST_AUTO_TEST_CASE(refuses_a_length_that_is_not_the_shortest) {
    expect_header({0x82, 0x7e, 0x00, 0x7d}, "refused",
                  "125 has a form of one byte (RFC 6455, 5.2)");
    expect_header({0x82, 0x7f, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, "refused",
                  "65535 has a form of two bytes more (RFC 6455, 5.2)");
}

BOOST_AUTO_TEST_CASE(refuses_a_length_of_64_bits) {
    expect_header({0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0}, "refused",
                  "the most significant bit must be 0 (RFC 6455, 5.2)");
}

BOOST_AUTO_TEST_CASE(refuses_reserved_bits) {
    expect_header({0xa1, 0x05}, "refused", "RSV2 belongs to nobody");
    expect_header({0x91, 0x05}, "refused", "RSV3 belongs to nobody");
}

BOOST_AUTO_TEST_CASE(refuses_reserved_opcodes) {
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
        expect_header({0x80 | opcode, 0x00}, "refused",
                      "opcodes 3 to 7 and 11 to 15 are reserved (RFC 6455, 5.2)");
    }
}

BOOST_AUTO_TEST_CASE(refuses_control_frames_that_are_long_or_in_fragments) {
    for (const int opcode : {8, 9, 10}) {
        expect_header({0x80 | opcode, 0x7d}, "2 125", "a control frame may have 125 bytes");
        expect_header({0x80 | opcode, 0x7e}, "refused",
                      "a control frame has at most 125 bytes (RFC 6455, 5.5)");
        expect_header({opcode, 0x00}, "refused",
                      "a control frame is never in fragments (RFC 6455, 5.5)");
    }
}

// --- Step 3: fragments ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(puts_fragments_together) {
    const std::string fragments = raw({.first = 0x01, .payload = "Hel"}) +
                                  raw({.first = 0x00, .payload = "lo, "}) +
                                  raw({.first = 0x80, .payload = "world"});
    BOOST_TEST(events_of(fragments) == "text Hello, world",
               "a frame without FIN begins a message, and continuations go on with it, up to one "
               "with FIN (RFC 6455, 5.4)");
    BOOST_TEST(events_of(fragments + text_frame("next")) == "text Hello, world, text next",
               "after the last fragment a new message begins");
}

BOOST_AUTO_TEST_CASE(control_frames_may_come_between_fragments) {
    const std::string bytes = raw({.first = 0x02, .payload = "Hel"}) +
                              raw({.first = 0x89, .payload = "are you there?"}) +
                              raw({.first = 0x80, .payload = "lo"});
    BOOST_TEST(events_of(bytes) == "ping are you there?, binary Hello",
               "a ping between two fragments is told at once, and is no part of the message (RFC "
               "6455, 5.4)");
}

BOOST_AUTO_TEST_CASE(a_continuation_needs_a_message) {
    BOOST_TEST(events_of(raw({.first = 0x80, .payload = "?"})) == "violation 1002",
               "there is nothing that a continuation could go on with");
    BOOST_TEST(events_of(text_frame("a") + raw({.first = 0x80, .payload = "?"})) ==
                   "text a, violation 1002",
               "a whole message is not continued");
}

BOOST_AUTO_TEST_CASE(messages_do_not_mix) {
    BOOST_TEST(
        events_of(raw({.first = 0x01, .payload = "a"}) + text_frame("b")) == "violation 1002",
        "the fragments of one message come before the next one begins (RFC 6455, 5.4)");
}

BOOST_AUTO_TEST_CASE(fragments_share_the_limit_of_a_message) {
    const std::string fragments = raw({.first = 0x01, .payload = std::string(40, 'x')}) +
                                  raw({.first = 0x00, .payload = std::string(40, 'x')}) +
                                  raw({.first = 0x80, .payload = std::string(21, 'x')});
    BOOST_TEST(events_of(fragments, std::string::npos, MessageReader(Role::server, 101)) ==
                   "text " + std::string(101, 'x'),
               "101 bytes in three fragments are within a limit of 101");
    BOOST_TEST(
        events_of(fragments, std::string::npos, MessageReader(Role::server, 100)) ==
            "violation 1009",
        "the limit is the message's, not the frame's: 40, 40 and 21 bytes are more than 100");
}

BOOST_AUTO_TEST_CASE(bytes_may_come_in_any_pieces) {
    const std::string bytes = raw({.first = 0x01, .payload = some_text(300)}) +
                              raw({.first = 0x89, .payload = "ping"}) +
                              raw({.first = 0x80, .payload = some_text(70)}) + close_frame(1000);
    const std::string expected = events_of(bytes);
    for (std::size_t piece = 1; piece < 40; ++piece) {
        BOOST_TEST(events_of(bytes, piece) == expected,
                   "in pieces of " << piece << " bytes the events are others");
    }
}

// --- Step 4: the handshake -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(makes_the_accept_key_of_the_rfc) {
    BOOST_TEST(ws::accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
               "RFC 6455, 1.3 has this key and its response");
}

BOOST_AUTO_TEST_CASE(pages_of_our_own_may_connect) {
    BOOST_TEST(ws::is_allowed("http://127.0.0.1:8080", "127.0.0.1:8080", {}),
               "the page came from this very server");
    BOOST_TEST(ws::is_allowed("http://LocalHost:8080", "localhost:8080", {}),
               "a host has no upper and lower case");
    BOOST_TEST(ws::is_allowed("http://[::1]:8080", "[::1]:8080", {}), "IPv6, the same");
    BOOST_TEST(ws::is_allowed("http://localhost", "localhost:80", {}),
               "80 is the port of http, said or not");
    BOOST_TEST(ws::is_allowed("https://localhost:8443", "localhost:8443", {.is_tls = true}),
               "a server of wss has pages of https");
}

BOOST_AUTO_TEST_CASE(pages_of_others_may_not) {
    for (const std::string origin :
         {"http://evil.example", "null", "http://localhost:8081", "https://localhost:8080",
          "http://localhost:8080.evil.example", "http://evil.example/localhost:8080", ""}) {
        BOOST_TEST(!ws::is_allowed(origin, "localhost:8080", {}),
                   origin << " was let in: a browser connects any page to any server, with the "
                             "user's address and cookies");
    }
}

BOOST_AUTO_TEST_CASE(pages_that_the_policy_names_may) {
    const ws::OriginPolicy policy{.also = {"https://chat.example"}};
    BOOST_TEST(ws::is_allowed("https://chat.example", "127.0.0.1:8080", policy),
               "it is an --origin");
    BOOST_TEST(ws::is_allowed("https://chat.example:443", "chat.example", policy),
               "443 is the port of https, said or not");
    BOOST_TEST(!ws::is_allowed("http://chat.example", "127.0.0.1:8080", policy),
               "another scheme is another origin");
}

BOOST_AUTO_TEST_CASE(a_name_that_was_rebound_is_not_ours) {
    BOOST_TEST(!ws::is_allowed("http://evil.example:8080", "evil.example:8080", {}),
               "a page of evil.example, whose name now leads to 127.0.0.1, has an Origin that is "
               "equal to its Host: the Host must be an address, localhost or of an --origin");
    BOOST_TEST(!ws::is_allowed("http://127.0.0.1.evil.example", "127.0.0.1.evil.example", {}),
               "a name that begins like an address is none");
}

// --- Step 5: the queue ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_queue_is_bounded) {
    ws::SendQueue queue(10);
    BOOST_TEST(queue.push(frames("12345")), "there is room for 10 bytes");
    BOOST_TEST(queue.push(frames("67890")), "there is room for 10 bytes, all of them");
    BOOST_TEST(!queue.push(frames("x")),
               "an 11th byte was taken: the queue of a peer that reads "
               "nothing grows until the memory is full");
    BOOST_TEST(sent(queue) == "1234567890", "what was refused is not sent");
    BOOST_TEST(queue.push(frames("12345")), "what has been sent makes room");
}

BOOST_AUTO_TEST_CASE(an_end_discards_what_waits) {
    ws::SendQueue queue(1000);
    BOOST_TEST(queue.push(frames("under way ")));
    static_cast<void>(queue.gather());
    queue.consume(3);
    BOOST_TEST(queue.push(frames("waits ")));
    queue.push_control("pong ");
    queue.end("close", ws::SendQueue::Unsent::discard);
    BOOST_TEST(
        sent(queue) == "er way close",
        "the frame that is under way must be sent to its end, or the peer takes the Close for "
        "a part of it; all that waits behind it would only delay the Close");
    BOOST_TEST(queue.push(frames("more")), "what comes after the end is for nobody");
    BOOST_TEST(queue.empty(), "after Close nothing is sent");
}

BOOST_AUTO_TEST_CASE(an_end_may_let_out_what_waits) {
    ws::SendQueue queue(1000);
    BOOST_TEST(queue.push(frames("first ")));
    queue.append("second ");
    queue.end("close", ws::SendQueue::Unsent::send);
    BOOST_TEST(sent(queue) == "first second close", "what was said before Close is still said");
}

BOOST_AUTO_TEST_CASE(a_pong_goes_before_what_waits_and_never_into_a_frame) {
    ws::SendQueue queue(1000);
    queue.append("first ");
    queue.append("second ");
    queue.push_control("pong ");
    BOOST_TEST(sent(queue) == "pong first second ", "a pong does not wait for messages");
    BOOST_TEST(queue.push(frames("under way ")));
    static_cast<void>(queue.gather());
    queue.consume(2);
    BOOST_TEST(queue.push(frames("waits ")));
    queue.push_control("pong ");
    BOOST_TEST(gathered_text(queue) == "der way ",
               "what is under way goes on with the same bytes: TLS may have encrypted them");
    BOOST_TEST(sent(queue) == "der way pong waits ", "then comes the pong, then what waits");
}

BOOST_AUTO_TEST_CASE(pongs_that_nobody_takes_do_not_pile_up) {
    ws::SendQueue queue(1000);
    for (int i = 0; i < 10'000; ++i) {
        queue.push_control("pong " + std::to_string(i) + ";");
    }
    const std::string left = sent(queue);
    BOOST_TEST(left.size() <= 4096U, "10,000 pongs wait in " << left.size() << " bytes");
    BOOST_TEST(left.ends_with("pong 9999;"), "the last ping must be answered (RFC 6455, 5.5.3)");
}

BOOST_AUTO_TEST_SUITE_END()
