#include "common/net/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <string_view>

#include "support/loopback.hpp"

namespace {

using cookbook::brief;
using cookbook::is_utf8;
using cookbook::printable;
using cookbook::utf8_sequence;
using cookbook::Utf8Sequence;
using cookbook::testing::in_quotes;
using namespace std::string_view_literals;

}  // namespace

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(tells_utf8_from_other_bytes) {
    for (const auto text : {""sv, "a\0"sv, "\xc2\x80"sv, "\xef\xbf\xbf"sv, "\xf4\x8f\xbf\xbf"sv}) {
        BOOST_TEST(is_utf8(text), in_quotes(text) << " is UTF-8");
    }
    for (const auto text :
         {"\x80"sv, "\xc1\x81"sv, "\xe2\x82"sv, "\xed\xbf\xbf"sv, "\xf5\x80\x80\x80"sv}) {
        BOOST_TEST(!is_utf8(text), in_quotes(text) << " is not UTF-8 (RFC 3629, 4)");
    }
}

BOOST_AUTO_TEST_CASE(says_how_many_bytes_are_one_character_or_none) {
    struct Row {
        std::string_view text;
        std::size_t size;
        bool is_character;
        bool may_go_on;
    };
    for (const Row& row :
         {Row{"ab", 1, true, false}, Row{"\xc3\xa9z", 2, true, false},
          Row{"\xe2\x82\xac", 3, true, false}, Row{"\xf0\x9f\x98\x80", 4, true, false},
          Row{"\xe2\x82", 2, false, true}, Row{"\xe2z", 1, false, false},
          Row{"\xff\xff", 1, false, false}, Row{"\xed\xa0\x80", 1, false, false}}) {
        const Utf8Sequence sequence = utf8_sequence(row.text);
        BOOST_TEST(sequence.size == row.size, in_quotes(row.text));
        BOOST_TEST(sequence.is_character == row.is_character, in_quotes(row.text));
        BOOST_TEST(sequence.may_go_on == row.may_go_on, in_quotes(row.text));
    }
}

BOOST_AUTO_TEST_CASE(what_is_printed_cannot_command_a_terminal) {
    BOOST_TEST(printable("caf\u00e9 \"1\"") == "caf\u00e9 \"1\"");
    BOOST_TEST(printable("\x1b[2J\n\t\x7f\0"sv) == R"(\x1b[2J\x0a\x09\x7f\x00)");
    BOOST_TEST(printable("\u009b2J\u00a0") == "\\xc2\\x9b2J\u00a0", "ISO 6429 has controls, too");
    BOOST_TEST(printable("\u2027\u2028\u2029") == "\u2027\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
    BOOST_TEST(printable("a\xff\xe2\x82") == R"(a\xff\xe2\x82)");
    BOOST_TEST(printable("a\r\n\u009b\u2028\xe2\x82z", ' ') == "a     z",
               "a substitute stands for a whole character");
}

BOOST_AUTO_TEST_CASE(a_brief_text_ends_with_a_whole_character) {
    BOOST_TEST(brief("abc", 3) == "abc");
    BOOST_TEST(brief("abcd", 3) == "abc…");
    BOOST_TEST(brief("ab\u00e9d", 3) == "ab…");
    BOOST_TEST(brief("\x80\x80\x80", 2) == "…", "whatever the bytes are");
}

BOOST_AUTO_TEST_SUITE_END()
