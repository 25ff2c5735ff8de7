// 11.14 WebSocket: the codec, as tables: UTF-8, close codes, limits, permessage-deflate, offers.
#include <boost/test/unit_test.hpp>
#include <string>

#include "11_14_websocket/deflate.hpp"
#include "11_14_websocket/extension.hpp"
#include "11_14_websocket/utf8.hpp"
#include "11_14_websocket_frames.hpp"
#include "support/allocations.hpp"

using namespace cookbook;
using namespace cookbook::testing;
namespace ws = cookbook::websocket;

namespace {

MessageReader server_reader(std::size_t max_message = 65536, bool compression = false) {
    return MessageReader(Role::server, max_message, compression);
}

std::string compressed_frame(const std::string& payload, unsigned first = 0xc1) {
    return raw({.first = first, .payload = payload});
}

std::string deflated(const std::string& text, int window_bits = 15) {
    return std::string(ws::deflate(text, window_bits));
}

std::string inflated_events(const std::string& bytes, std::size_t max_message = 65536,
                            std::size_t piece = std::string::npos) {
    return events_of(bytes, piece, server_reader(max_message, true));
}

std::string accepted(const std::string& offers) {
    const auto accepted = ws::accept_offer(offers);
    return accepted ? accepted->response : "none";
}

const std::string base_response =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_codec)

BOOST_AUTO_TEST_CASE(a_frame_that_was_appended_is_read_back) {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 70000U}) {
        std::string frame;
        ws::append_frame(frame, FrameHeader{.opcode = Opcode::binary, .mask = a_mask},
                         std::string(size, 'x'));
        BOOST_TEST(events_of(frame, std::string::npos, server_reader(100'000)) ==
                       "binary " + std::string(size, 'x'),
                   "a frame of " << size << " bytes is read as something else");
        BOOST_TEST(frame == raw({.first = 0x82, .payload = std::string(size, 'x')}),
                   "a frame of " << size << " bytes is not in its shortest form");
    }
}

BOOST_AUTO_TEST_CASE(masks_are_what_the_roles_want) {
    BOOST_TEST(events_of(raw({.payload = "x", .masked = false})) == "violation 1002",
               "a client must mask (RFC 6455, 5.1)");
    BOOST_TEST(events_of(text_frame("x"), std::string::npos, MessageReader(Role::client, 100)) ==
                   "violation 1002",
               "a server must not mask (RFC 6455, 5.1)");
}

BOOST_AUTO_TEST_CASE(a_reserved_bit_is_only_deflates) {
    BOOST_TEST(events_of(raw({.first = 0xc1, .payload = "x"})) == "violation 1002",
               "RSV1 without permessage-deflate");
    for (const unsigned first : {0xc0U, 0xc8U, 0xc9U, 0xcaU}) {
        BOOST_TEST(inflated_events(raw({.first = 0x41, .payload = deflated("x")}) +
                                   raw({.first = first})) == "violation 1002",
                   "RSV1 belongs to the first frame of a message only (RFC 7692, 6.1)");
    }
}

BOOST_AUTO_TEST_CASE(utf8_is_checked_at_its_first_bad_byte) {
    const std::string good = "κόσμε \xf0\x9f\x98\x80";
    BOOST_TEST(events_of(text_frame(good)) == "text " + good);
    for (const std::string bad :
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"}) {
        BOOST_TEST(events_of(text_frame(bad)) == "violation 1007",
                   to_hex(bad) << " is not UTF-8 (RFC 6455, 8.1)");
        BOOST_TEST(events_of(raw({.first = 0x82, .payload = bad})) == "binary " + bad,
                   "a binary message may be anything");
    }
    // The frame announces 100 bytes, and 10 have come.
    const std::string begun = raw({.payload = "all good \xff" + std::string(90, 'x')});
    BOOST_TEST(events_of(begun.substr(0, 6 + 10)) == "violation 1007",
               "a bad byte is told when it comes, not when the message is whole");
    BOOST_TEST(events_of(raw({.first = 0x01, .payload = "\xf4\x90"})) == "violation 1007",
               "F4 90 cannot become a character, whatever follows");
}

BOOST_AUTO_TEST_CASE(a_character_may_be_cut_by_fragments) {
    const std::string text = "\xce\xba\xe2\x82\xac\xf0\x9f\x98\x80 plain text of more than eight";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const std::string fragments = raw({.first = 0x01, .payload = text.substr(0, cut)}) +
                                      raw({.first = 0x80, .payload = text.substr(cut)});
        BOOST_TEST(events_of(fragments) == "text " + text, "cut after byte " << cut);
    }
    BOOST_TEST(events_of(raw({.first = 0x01, .payload = "\xe2\x82"}) +
                         raw({.first = 0x80, .payload = ""})) == "violation 1007",
               "a message must not end in the middle of a character");
}

BOOST_AUTO_TEST_CASE(takes_the_close_codes_that_may_be_sent) {
    for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U,
                                1012U, 1013U, 1014U, 3000U, 3999U, 4000U, 4999U}) {
        BOOST_TEST(events_of(close_frame(code)) == "close " + std::to_string(code));
    }
    for (const unsigned code :
         {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
        BOOST_TEST(events_of(close_frame(code)) == "violation 1002",
                   code << " may not be sent (RFC 6455, 7.4)");
    }
    BOOST_TEST(events_of(raw({.first = 0x88})) == "close 1005", "a Close may say nothing");
    BOOST_TEST(events_of(raw({.first = 0x88, .payload = "x"})) == "violation 1002",
               "a code has two bytes");
    BOOST_TEST(events_of(close_frame(1000, "bye")) == "close 1000 bye");
    BOOST_TEST(events_of(close_frame(1000, "\xff")) == "violation 1007", "a reason is UTF-8");
}

BOOST_AUTO_TEST_CASE(a_close_has_room_for_so_many_characters) {
    using ws::close_payload;
    BOOST_TEST(close_payload({1000, "bye"}) ==
               "\x03\xe8"
               "bye");
    BOOST_TEST(close_payload({1005, {}}) == "", "no code is said by saying nothing");
    BOOST_TEST(close_payload({1000, std::string(200, 'x')}).size() == 125U,
               "a control frame has at most 125 bytes");
    std::string accents;
    for (int i = 0; i < 100; ++i) {
        accents += "é";
    }
    BOOST_TEST(close_payload({1000, accents}) == "\x03\xe8" + accents.substr(0, 122),
               "a reason is not cut in the middle of a character: it would be a 1007");
}

BOOST_AUTO_TEST_CASE(nothing_counts_after_a_close_or_a_violation) {
    BOOST_TEST(events_of(text_frame("a") + close_frame(1000) + text_frame("b") +
                         raw({.first = 0x89})) == "text a, close 1000");
    BOOST_TEST(events_of(raw({.first = 0x83}) + text_frame("b")) == "violation 1002");
}

BOOST_AUTO_TEST_CASE(a_message_has_a_limit) {
    BOOST_TEST(events_of(text_frame(std::string(100, 'x')), 7, server_reader(100)) ==
               "text " + std::string(100, 'x'));
    BOOST_TEST(events_of(text_frame(std::string(101, 'x')), 7, server_reader(100)) ==
               "violation 1009");
    const std::string header =
        bytes({0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) + std::string(4, '\0');
    const CountAllocations allocations;
    MessageReader reader = server_reader();
    std::string copy = header;
    std::span<char> left = copy;
    const auto event = reader.next(left);
    BOOST_TEST((event && event->code == 1009),
               "a length of 2^63 - 1 is refused when it is announced");
}

BOOST_AUTO_TEST_CASE(a_message_that_comes_whole_costs_no_memory) {
    MessageReader reader = server_reader();
    std::string bytes = text_frame(std::string(1000, 'x'));
    std::span<char> left = bytes;
    const CountAllocations allocations;
    const auto event = reader.next(left);
    const auto count = allocations.count();
    BOOST_TEST(event.has_value());
    BOOST_TEST(count == 0U,
               "it was copied, or something else was allocated, " << count << " times");
    BOOST_TEST((event && event->data.data() > bytes.data() &&
                event->data.data() < bytes.data() + bytes.size()),
               "the payload is handed on from where it is");
}

// --- permessage-deflate --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(deflates_and_inflates) {
    for (const std::string& text : {std::string(), std::string("Hello"), std::string(60'000, 'x'),
                                    std::string("\0\0\xff\xff", 4)}) {
        for (const int bits : {9, 12, 15}) {
            const std::string frame = compressed_frame(deflated(text, bits), 0xc2);
            BOOST_TEST(inflated_events(frame) == "binary " + text,
                       text.size() << " bytes, a window of " << bits << " bits");
            BOOST_TEST(inflated_events(frame, 65536, 1) == "binary " + text, "byte by byte");
        }
    }
}

BOOST_AUTO_TEST_CASE(inflates_the_examples_of_the_rfc) {
    const std::string hello = bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    BOOST_TEST(inflated_events(compressed_frame(hello)) == "text Hello", "RFC 7692, 7.2.3.1");
    BOOST_TEST(inflated_events(compressed_frame(hello.substr(0, 3), 0x41) +
                               raw({.first = 0x80, .payload = hello.substr(3)})) == "text Hello",
               "the same in two fragments");
    const std::string stored = bytes({0x00, 0x05, 0x00, 0xfa, 0xff, 'H', 'e', 'l', 'l', 'o', 0x00});
    BOOST_TEST(inflated_events(compressed_frame(stored)) == "text Hello",
               "a block that is not compressed, 7.2.3.3");
    const std::string final_block = bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00});
    BOOST_TEST(inflated_events(compressed_frame(final_block)) == "text Hello",
               "a block with BFINAL set, 7.2.3.4");
    const std::string two_blocks =
        bytes({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00});
    BOOST_TEST(inflated_events(compressed_frame(two_blocks)) == "text Hello",
               "two blocks, 7.2.3.5");
    const std::string twice = bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}) + hello;
    BOOST_TEST(inflated_events(compressed_frame(twice)) == "text HelloHello",
               "a final block in the middle of a message is legal");
    BOOST_TEST(inflated_events(compressed_frame(twice), 65536, 1) == "text HelloHello",
               "the same byte by byte: none is lost behind the final block");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_compressed_data) {
    BOOST_TEST(inflated_events(compressed_frame("\xff\xff\xff\xff")) == "violation 1007");
    BOOST_TEST(inflated_events(compressed_frame(deflated("\xff\xfe"))) == "violation 1007",
               "what comes out must be UTF-8, too");
}

BOOST_AUTO_TEST_CASE(a_bomb_ends_at_the_limit) {
    const std::string bomb = deflated(std::string(std::size_t{64} << 20U, 'x'));
    BOOST_TEST(bomb.size() < 100'000U);
    MessageReader reader(Role::server, std::size_t{1} << 20U, true);
    std::string bytes = compressed_frame(bomb, 0xc2);
    std::span<char> left = bytes;
    const auto event = reader.next(left);
    BOOST_TEST((event && event->code == 1009), "64 MiB in 64 KB must be refused");
    BOOST_TEST(inflated_events(compressed_frame(deflated(std::string(1000, 'x'))), 1000) ==
                   "text " + std::string(1000, 'x'),
               "a message of just the limit is none");
    BOOST_TEST(inflated_events(compressed_frame(deflated(std::string(1001, 'x'))), 1000) ==
               "violation 1009");
}

BOOST_AUTO_TEST_CASE(a_message_after_another_begins_with_nothing) {
    const std::string frame = compressed_frame(deflated("the same text again and again"));
    BOOST_TEST(inflated_events(frame + frame) ==
               "text the same text again and again, text the same text again and again");
    const std::string half = raw({.first = 0x41, .payload = deflated("first").substr(0, 3)}) +
                             raw({.first = 0x89, .payload = "x"}) +
                             raw({.first = 0x80, .payload = deflated("first").substr(3)});
    BOOST_TEST(inflated_events(half + text_frame("plain") + frame) ==
               "ping x, text first, text plain, text the same text again and again");
}

// --- Sec-WebSocket-Extensions --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(accepts_the_first_offer_that_can_be_served) {
    BOOST_TEST(accepted("permessage-deflate") == base_response);
    BOOST_TEST(accepted("permessage-deflate; client_max_window_bits") ==
               base_response + "; client_max_window_bits=15");
    BOOST_TEST(accepted("PerMessage-Deflate ;client_max_window_bits=10") ==
               base_response + "; client_max_window_bits=10");
    BOOST_TEST(accepted("x, permessage-deflate; server_max_window_bits=\"12\"") ==
               base_response + "; server_max_window_bits=12");
    BOOST_TEST(accepted("permessage-deflate; server_max_window_bits=8, permessage-deflate") ==
                   base_response,
               "zlib has no window of 8 bits; the next offer is taken");
}

BOOST_AUTO_TEST_CASE(passes_over_offers_that_are_not_as_they_should_be) {
    for (const std::string parameter :
         {"x", "x=1", "server_no_context_takeover=1", "client_no_context_takeover=",
          "server_max_window_bits", "server_max_window_bits=16", "server_max_window_bits=7",
          "server_max_window_bits=010", "server_max_window_bits=+9", "client_max_window_bits=16",
          "client_max_window_bits=", "server_no_context_takeover; server_no_context_takeover",
          "client_max_window_bits; client_max_window_bits=9", "server_max_window_bits=8"}) {
        BOOST_TEST(accepted("permessage-deflate; " + parameter) == "none", parameter);
    }
    for (const std::string list :
         {"", ",", ";", "deflate", "x-webkit-deflate-frame", "\"", ",,;;=="}) {
        BOOST_TEST(accepted(list) == "none", list);
    }
}

BOOST_AUTO_TEST_CASE(a_client_checks_what_the_server_agrees_to) {
    BOOST_TEST(ws::check_acceptance(base_response).has_value());
    BOOST_TEST(ws::check_acceptance("permessage-deflate; server_no_context_takeover").has_value());
    BOOST_TEST(ws::check_acceptance(base_response + "; server_max_window_bits=10").has_value());
    for (const std::string response :
         {"permessage-deflate", "x", "permessage-deflate; server_no_context_takeover; x",
          "permessage-deflate; server_no_context_takeover; client_max_window_bits=10",
          "permessage-deflate; server_no_context_takeover, y"}) {
        BOOST_TEST(!ws::check_acceptance(response).has_value(),
                   response << " was not offered like this");
    }
}

BOOST_AUTO_TEST_SUITE_END()
