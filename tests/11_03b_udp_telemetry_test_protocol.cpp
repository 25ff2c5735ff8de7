// 11.3b, what datagrams say: tables of bytes and requests, without sockets.
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "11_03b_udp_telemetry/protocol.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook::udp_telemetry;
using namespace std::string_literals;
using namespace std::chrono_literals;
using cookbook::testing::in_quotes;
using cookbook::testing::to_hex;
using Kind = Request::Kind;

std::string name_of(Kind kind) {
    constexpr std::array names = {"PING", "TIME", "STATS", "an echo", "a number", "INVALID"};
    return names.at(static_cast<std::size_t>(kind));
}

void expect_kind(const std::string& datagram, Kind kind, const std::string& rule) {
    const Kind found = parse_request(datagram).kind;
    BOOST_TEST((found == kind), to_hex(datagram) << " is taken for " << name_of(found)
                                                 << ", not for " << name_of(kind) << ": " << rule);
}

/// The 29 characters of Python's str.isspace(), as UTF-8.
const std::vector<std::string> white_space_of_python = {
    "\t",           "\n",           "\v",           "\f",           "\r",
    "\x1c",         "\x1d",         "\x1e",         "\x1f",         " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_telemetry)

BOOST_AUTO_TEST_CASE(tells_text_from_binary) {
    expect_kind("hello", Kind::echo, "ASCII is text");
    expect_kind("", Kind::echo, "an empty datagram is an empty text");
    expect_kind("\0\0\0\5"s, Kind::echo, "these four bytes are UTF-8, control characters as it is");
    expect_kind("\xc3\xa9t\xc3\xa9", Kind::echo, "UTF-8 is text");
    expect_kind("\xf4\x8f\xbf\xbf", Kind::echo, "U+10FFFF is the last character");
    expect_kind("\xff\xff\xff\xff", Kind::increment, "ff is nowhere in UTF-8");
    expect_kind("\0\0\0\5\xff"s, Kind::increment, "one byte that is not UTF-8 makes all binary");
    expect_kind("abc\xe9", Kind::increment, "Latin-1 is not UTF-8");
    expect_kind(
        "\xc0\xaf"
        "AB",
        Kind::increment, "c0 af is an overlong form of '/': Python's decoder refuses it");
    expect_kind(
        "\xe0\x80\xaf"
        "A",
        Kind::increment, "e0 80 af is an overlong form of '/'");
    expect_kind(
        "\xed\xa0\x80"
        "A",
        Kind::increment, "ed a0 80 is a surrogate: Python's decoder refuses it");
    expect_kind("\xf4\x90\x80\x80", Kind::increment, "there is nothing above U+10FFFF");
    expect_kind("abc\xe2\x82", Kind::increment, "the last character is cut short");
}

BOOST_AUTO_TEST_CASE(binary_of_less_than_four_bytes_is_invalid) {
    for (const auto& datagram : {"\xff"s, "\xff\xff"s, "ab\xff"s, "\xe2\x82"s}) {
        expect_kind(datagram, Kind::invalid, "a number has four bytes");
    }
}

BOOST_AUTO_TEST_CASE(a_number_is_the_first_four_bytes_the_highest_first) {
    BOOST_TEST(parse_request("\x80\x01\x02\x03"s).number == 0x80010203U);
    BOOST_TEST(parse_request("\0\0\0\x29\xff"s).number == 41U, "what follows does not count");
    BOOST_TEST(parse_request("\xff\xff\xff\xff"s).number == 0xffffffffU);
}

BOOST_AUTO_TEST_CASE(strips_what_python_strips) {
    for (const std::string& space : white_space_of_python) {
        BOOST_TEST(strip(space + "a" + space + "b" + space) == "a" + space + "b",
                   to_hex(space) << " at both ends is white space, as Python has it");
        BOOST_TEST(strip(space).empty());
    }
    BOOST_TEST(strip(" \xe3\x80\x80\n hello \x1f\xc2\xa0") == "hello",
               "white space of several kinds is stripped in any order");
}

BOOST_AUTO_TEST_CASE(strips_nothing_else) {
    // A NUL, U+200B, U+180E, U+FEFF, U+2000's last two bytes behind others, and a lone character.
    for (const auto& text : {"\0a\0"s, "\xe2\x80\x8b"s, "\xe1\xa0\x8e"s, "\xef\xbb\xbf"s, "\x08"s,
                             "\xe3\x82\x80"s, "\xc3\x85"s, "\x7f"s, ""s}) {
        BOOST_TEST(strip(text) == text, to_hex(text) << " is not white space to Python");
    }
}

BOOST_AUTO_TEST_CASE(knows_its_three_commands_in_any_case) {
    for (const char* text : {"PING", "ping", "PiNg", "  ping\r\n", "\xc2\xa0PING"}) {
        expect_kind(text, Kind::ping, "white space and case do not count");
    }
    expect_kind("time\n", Kind::time, "white space and case do not count");
    expect_kind("Stats", Kind::statistics, "white space and case do not count");
    for (const auto& text :
         {"PINGS"s, "PI NG"s, "PIN"s, "p\xc4\xb1ng"s, "\xc5\xbftats"s, "PING\0"s, "PONG"s}) {
        expect_kind(text, Kind::echo, "only these letters, of ASCII, are the command");
    }
}

BOOST_AUTO_TEST_CASE(an_echo_is_the_stripped_text) {
    BOOST_TEST(parse_request("  two words\t").text == "two words");
    BOOST_TEST(parse_request(" \n ").text.empty());
    BOOST_TEST(parse_request("\0 \0"s).text == "\0 \0"s);
}

BOOST_AUTO_TEST_CASE(an_echo_that_no_datagram_could_hold_is_invalid) {
    const std::string longest(max_payload - echo_prefix.size(), 'x');
    BOOST_TEST((parse_request(longest).kind == Kind::echo), "its echo has 65,507 bytes, and fits");
    BOOST_TEST((parse_request("      " + longest).kind == Kind::echo),
               "white space is stripped before the length counts");
    BOOST_TEST((parse_request(longest + 'x').kind == Kind::invalid),
               "its echo would have 65,508 bytes, one more than a datagram");
}

// --- What the learner is given ---

BOOST_AUTO_TEST_CASE(statistics_are_what_python_s_json_writes) {
    BOOST_TEST(to_json({}) ==
               R"({"total_packets": 0, "active_clients": 0, "invalid": 0, "truncated": 0, )"
               R"("ignored": 0, "limited": 0, "dropped": 0, "evicted": 0, "expired": 0, )"
               R"("uptime": 0.0})");
    BOOST_TEST(to_json({1, 2, 3, 4, 5, 6, 7, 8, 18'446'744'073'709'551'615U, 1234.56s}) ==
               R"({"total_packets": 1, "active_clients": 2, "invalid": 3, "truncated": 4, )"
               R"("ignored": 5, "limited": 6, "dropped": 7, "evicted": 8, )"
               R"("expired": 18446744073709551615, "uptime": 1234.6})");
}

BOOST_AUTO_TEST_CASE(the_time_is_iso_with_six_decimals) {
    ::setenv("TZ", "KST-9", 1);
    ::tzset();
    const auto time = std::chrono::system_clock::from_time_t(1'795'000'051);
    BOOST_TEST(to_iso(time + 519'009us) == "2026-11-18T20:07:31.519009");
    BOOST_TEST(to_iso(time) == "2026-11-18T20:07:31.000000", "a whole second has decimals, too");
    BOOST_TEST(to_iso(time + 999'999'999ns) == "2026-11-18T20:07:31.999999", "never rounded up");
    BOOST_TEST(to_iso({}) == "1970-01-01T09:00:00.000000");
}

BOOST_AUTO_TEST_CASE(a_number_is_asked_for_in_a_way_that_is_never_text) {
    for (const std::uint32_t number :
         {0U, 5U, 41U, 0x41424344U, 0x7fffffffU, 0x80000000U, 0xc3a9c3a9U, 0xffffffffU}) {
        const Request request = parse_request(increment_request(number));
        BOOST_TEST((request.kind == Kind::increment));
        BOOST_TEST(request.number == number);
        BOOST_TEST((number_in(to_bytes(number)) == number));
    }
    for (const auto& reply : {""s, "INVALID"s, "\0\0\0"s, "\0\0\0\1\2"s}) {
        BOOST_TEST(!number_in(reply).has_value(), in_quotes(reply) << " is not a number");
    }
}

BOOST_AUTO_TEST_SUITE_END()
