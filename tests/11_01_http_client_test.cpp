// Recipe 11.1, messages: fields, bodies, responses.
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "11_01_http_client/message/fields.hpp"

namespace {

using namespace cookbook::http_client;
using namespace std::string_literals;

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

BOOST_AUTO_TEST_CASE(fields_are_found_whatever_their_case) {
    Fields fields = {{"Content-Type", "text/html"}, {"Set-Cookie", "a"}, {"set-cookie", "b"}};
    BOOST_TEST(fields["CONTENT-TYPE"] == "text/html");
    BOOST_TEST(fields["Content-Typ"].empty());
    BOOST_TEST((fields.all("SET-COOKIE") == std::vector<std::string_view>{"a", "b"}));
    BOOST_TEST(fields.text() == "Content-Type: text/html\r\nSet-Cookie: a\r\nset-cookie: b\r\n");
    fields.set("SET-Cookie", " c ");
    BOOST_TEST(fields.text() == "Content-Type: text/html\r\nSET-Cookie: c\r\n");
    fields.remove("content-type");
    BOOST_TEST(fields.text() == "SET-Cookie: c\r\n");
    BOOST_TEST(fields["set-cookie"] == "c");
    BOOST_TEST(fields.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_field_cannot_become_two) {
    Fields fields;
    for (const std::string name : {"", "A B", "A:", "A\r\nB", "\xe9"}) {
        BOOST_CHECK_THROW(fields.add(name, "a"), std::invalid_argument);
    }
    for (const std::string& value : {"a\r\nB: c"s, "a\nb"s, "a\0b"s, "a\x7f"s, "\x1b"s}) {
        BOOST_CHECK_THROW(fields.add("A", value), std::invalid_argument);
    }
    BOOST_TEST(fields.empty());
    fields.add("A", "\xc3\xa9\tb");
    BOOST_TEST(fields["A"] == "\xc3\xa9\tb", "bytes above 127 and tabs are allowed");
}

BOOST_AUTO_TEST_SUITE_END()
