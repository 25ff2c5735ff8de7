// Recipe 11.1, text: any charset as UTF-8, however it is cut.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "11_01_http_client/message/text.hpp"
#include "common/net/utf8.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook::http_client;
using cookbook::is_utf8;
using cookbook::testing::in_quotes;
using namespace std::string_literals;
using namespace std::string_view_literals;

#define MARK "\xef\xbf\xbd"  // U+FFFD

std::string decode(std::string_view bytes, std::string_view content_type, std::size_t segment) {
    TextDecoder decoder(content_type);
    std::string text;
    while (!bytes.empty()) {
        text += decoder.decode(bytes.substr(0, segment));
        bytes.remove_prefix(std::min(segment, bytes.size()));
    }
    return text + decoder.finish();
}

void expect_text(std::string_view bytes, std::string_view content_type, std::string_view expected) {
    for (const std::size_t segment : {bytes.size() + 1, std::size_t{1}, std::size_t{2}}) {
        const std::string text = decode(bytes, content_type, segment);
        BOOST_TEST(text == expected, in_quotes(bytes)
                                         << " of " << in_quotes(content_type) << ", " << segment
                                         << " at a time, became " << in_quotes(text) << ", not "
                                         << in_quotes(expected));
    }
    BOOST_TEST(is_utf8(expected), "what comes out is UTF-8");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client_text)

BOOST_AUTO_TEST_CASE(text_has_the_charset_of_its_content_type) {
    expect_text("caf\xe9", "text/plain; charset=ISO-8859-1", "caf\xc3\xa9");
    expect_text("caf\xe9", "text/html;Charset=\"latin1\" ; x=y", "caf\xc3\xa9");
    expect_text("\x80", "text/plain; x=\"charset=utf-8\"; charset=windows-1252", "\xe2\x82\xac");
    expect_text("\xa4\xb3\xa4\xf3", "text/plain; charset=euc-jp", "\xe3\x81\x93\xe3\x82\x93");
    expect_text("\x82\xb1", "text/plain; charset=shift_jis", "\xe3\x81\x93");
    expect_text("\x1b$B$3\x1b(B!", "text/plain; charset=iso-2022-jp", "\xe3\x81\x93!");
    expect_text("\0h\0i"sv, "text/plain; charset=utf-16be", "hi");
    expect_text("h\0\0\0"sv, "text/plain; charset=utf-32le", "h");
    expect_text("caf\xc3\xa9", "text/plain; charset=utf8", "caf\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(text_is_utf8_if_nobody_knows_its_charset) {
    for (const auto content_type :
         {"", "text/plain", "text/plain; charset=", "text/plain; charset=klingon",
          "text/plain; charset=\"latin1//TRANSLIT\"", "text/plain; charset=\"../../x\"",
          "text/plain; charset=WCHAR_T", "text/plain; charset=internal", "charset=latin1",
          "text/plain; charset=utf-8"}) {
        expect_text("caf\xc3\xa9", content_type, "caf\xc3\xa9");
    }
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_comes_before_charset) {
    expect_text("\xef\xbb\xbf\xc3\xa9", "text/plain; charset=latin1", "\xc3\xa9");
    expect_text("\xff\xfeh\0"sv, "text/plain; charset=latin1", "h");
    expect_text("\xfe\xff\0h"sv, "", "h");
    expect_text("\xff\xfe\0\0h\0\0\0"sv, "", "h");
    expect_text("\0\0\xfe\xff\0\0\0h"sv, "", "h");
    expect_text("\xef\xbb\xbf", "", "");
    expect_text("\xef\xbb\xbf\xef\xbb\xbf", "", "\xef\xbb\xbf");
    expect_text("x\xef\xbb\xbf", "", "x\xef\xbb\xbf");
    expect_text("\xff\xfe", "", "");
}

/// As CPython's bytes.decode("utf-8", "replace") and browsers do.
BOOST_AUTO_TEST_CASE(what_is_no_utf8_becomes_replacement_characters) {
    expect_text("a\x80z", "", "a" MARK "z");
    expect_text("\xe2\x82", "", MARK);
    expect_text("\xe2\x82z", "", MARK "z");
    expect_text("\xf0\x9f\x98", "", MARK);
    expect_text("\xf0\x9f\x98\xf0\x9f\x98\x80", "", MARK "\xf0\x9f\x98\x80");
    expect_text("\xc0\xaf", "", MARK MARK);
    expect_text("\xe0\x80\xaf", "", MARK MARK MARK);
    expect_text("\xed\xa0\x80", "", MARK MARK MARK);
    expect_text("\xf4\x90\x80\x80", "", MARK MARK MARK MARK);
    expect_text("\xfe\xc3", "", MARK MARK);
    expect_text("\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80", "",
                "\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_a_charset_becomes_replacement_characters) {
    expect_text("a\xffz", "text/plain; charset=us-ascii", "a" MARK "z");
    expect_text("\0a\0"sv, "text/plain; charset=utf-16be", "a" MARK);
    expect_text("\xd8\0\0a"sv, "text/plain; charset=utf-16be", MARK "a");
    expect_text("\xdc\0\0a"sv, "text/plain; charset=utf-16be", MARK "a");
    expect_text("\0\x11\0\0\0\0\0a"sv, "text/plain; charset=utf-32be", MARK "a");
    expect_text("\xa4", "text/plain; charset=euc-jp", MARK);
    expect_text("\xff\xa4\xb3", "text/plain; charset=euc-jp", MARK "\xe3\x81\x93");
}

BOOST_AUTO_TEST_CASE(long_texts_are_converted_whole) {
    const std::string latin(100'000, '\xe9');
    std::string expected;
    for (std::size_t i = 0; i < latin.size(); ++i) {
        expected += "\xc3\xa9";
    }
    BOOST_TEST((to_utf8(latin, "text/plain; charset=latin1") == expected));
    BOOST_TEST((to_utf8(expected, "text/plain") == expected));
    BOOST_TEST(
        (to_utf8(std::string(10'000, '\xff'), "text/plain; charset=ascii").size() == 30'000));
    BOOST_TEST(to_utf8("", "text/plain; charset=utf-16") == "");
}

BOOST_AUTO_TEST_SUITE_END()
