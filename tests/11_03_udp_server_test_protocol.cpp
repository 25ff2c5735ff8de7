// 11.3, what is said: tables of requests and replies, without sockets.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "11_03_udp_server/client.hpp"
#include "11_03_udp_server_datagrams.hpp"

using namespace cookbook;
using namespace cookbook::udp_server;
using namespace cookbook::testing;

namespace {

std::string reply(const std::string& request) {
    return std::string(reply_to(request, a_time));
}

/// What differs from `text` in one byte, or is one byte longer or shorter.
std::vector<std::string> neighbours(const std::string& text) {
    std::vector<std::string> result = {text + ' ', text + '\n',    text + '\0',
                                       ' ' + text, text.substr(1), text.substr(0, text.size() - 1)};
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const char other : {'\x1b', 'G', '/', ':', '\0', ','}) {
            if (text[at] != other) {
                result.push_back(text);
                result.back()[at] = other;
            }
        }
    }
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_server)

BOOST_AUTO_TEST_CASE(the_time_is_what_python_s_ctime_says) {
    ::setenv("TZ", "KST-9", 1);
    ::tzset();
    BOOST_TEST(to_text(0) == "Thu Jan  1 09:00:00 1970");
    BOOST_TEST(to_text(1345030508) == "Wed Aug 15 20:35:08 2012");
    BOOST_TEST(to_text(1722749999) == "Sun Aug  4 14:39:59 2024");
    BOOST_TEST(to_text(1709164799) == "Thu Feb 29 08:59:59 2024");
}

BOOST_AUTO_TEST_CASE(knows_the_form_of_a_time) {
    for (const std::time_t time : {0L, 1345030508L, 1722749999L, 1709164799L, 253402214400L}) {
        BOOST_TEST(is_time(to_text(time)), to_text(time));
    }
    for (const char* text :
         {"", "Wed Aug 15 20:35:08 201", "wed Aug 15 20:35:08 2012", "Wed aug 15 20:35:08 2012",
          "Wed Aug 05 20:35:08 2012", "Wed Aug  0 20:35:08 2012", "Wed Aug 32 20:35:08 2012",
          "Wed Aug 5  20:35:08 2012", "Wed Aug 15 24:35:08 2012", "Wed Aug 15 20:60:08 2012",
          "Wed Aug 15 20:35:61 2012", "Wed Aug 15 -0:35:08 2012", "Wed Aug 15 20:35:08  201",
          "Wed Aug 15 20:35:08 0999", "Wed Aug 15 20:35:08 2012\n", "Mon Wed 15 20:35:08 2012",
          "Xxx Aug 15 20:35:08 2012"}) {
        BOOST_TEST(!is_time(text), in_quotes(text) << " is no time");
    }
}

BOOST_AUTO_TEST_CASE(a_request_with_an_id_gets_it_back_and_no_other_does) {
    BOOST_TEST(reply(id_one) == id_one + " Wed Aug 15 20:35:08 2012");
    for (const std::string& request : neighbours(id_one)) {
        BOOST_TEST(reply(request) == a_time,
                   "the reply to " << in_quotes(request) << " is " << in_quotes(reply(request)));
    }
    for (const char* request : {"", "id=00112233AABBCCDD", "ID=00112233aabbccdd", "hello"}) {
        BOOST_TEST(reply(request) == a_time);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_is_not_answered) {
    struct Row {
        std::string data;
        bool cut;
        bool answered;
    };
    for (const Row& row :
         {Row{"", false, true}, Row{a_time, false, false}, Row{id_one + ' ' + a_time, false, false},
          Row{id_one, false, true}, Row{id_one + ' ' + a_time.substr(1), false, true},
          Row{"id=0 " + a_time, false, true}, Row{"hello", false, true}}) {
        BOOST_TEST(may_answer(row.data, row.cut, 40000, 20000) == row.answered,
                   in_quotes(row.data) << (row.answered ? " is to be answered" : " is an answer"));
    }
    for (const std::string& datagram : neighbours(a_time)) {
        BOOST_TEST(may_answer(datagram, false, 40000, 20000) == !is_time(datagram),
                   in_quotes(datagram) << " is no answer, so it is to be answered");
    }
}

BOOST_AUTO_TEST_CASE(what_was_cut_is_no_answer) {
    BOOST_TEST(may_answer(id_one + ' ' + a_time, true, 40000, 20000),
               "44 bytes that look like an answer, but the datagram was longer: it is none");
    BOOST_TEST(!may_answer(id_one, true, 80, 20000), "from a port below 1024, cut or not");
}

BOOST_AUTO_TEST_CASE(old_services_and_twins_are_not_answered) {
    for (const int port : {0, 1, 7, 13, 19, 37, 123, 1023, 20000}) {
        BOOST_TEST(!may_answer("", false, static_cast<std::uint16_t>(port), 20000),
                   "a datagram from port " << port << " may be forged, to set two servers on each "
                                           << "other");
    }
    for (const int port : {1024, 19999, 20001, 65535}) {
        BOOST_TEST(may_answer("", false, static_cast<std::uint16_t>(port), 20000));
    }
}

BOOST_AUTO_TEST_CASE(a_reply_is_the_request_s_id_a_space_and_a_time) {
    const std::string right = id_one + ' ' + a_time;
    const auto time = time_in(right, id_one);
    BOOST_TEST_REQUIRE(time.has_value(), in_quotes(right) << " is the reply to " << id_one);
    BOOST_TEST(*time == a_time);
    BOOST_TEST(time_in(a_time, "").has_value(), "the reply to an empty request is just the time");
    BOOST_TEST(!time_in(id_two + ' ' + a_time, id_one).has_value(),
               "a reply with the id of another request is late, or forged: it is not this one's");
    BOOST_TEST(!time_in(a_time, id_one).has_value(), "a reply without an id may be anybody's");
    BOOST_TEST(!time_in(right, "").has_value());
    for (const std::string& datagram : neighbours(right)) {
        BOOST_TEST(time_in(datagram, id_one).has_value() ==
                       is_time(datagram.substr(0, id_size + 1) == id_one + ' '
                                   ? std::string_view(datagram).substr(id_size + 1)
                                   : ""),
                   in_quotes(datagram) << " was taken for a reply to " << id_one);
    }
}

BOOST_AUTO_TEST_CASE(a_reply_with_terminal_escapes_is_none) {
    const std::string escapes = "\x1b[2J\x1b]0;you're here\a\x1b[0m";
    BOOST_TEST_REQUIRE(escapes.size() == time_size);
    BOOST_TEST(!time_in(id_one + ' ' + escapes, id_one).has_value(),
               "24 bytes that are no time, but would clear the screen of whoever prints them");
    BOOST_TEST(!time_in(escapes, "").has_value());
    BOOST_TEST(time_in(a_time, "").has_value(), "a time is one, with or without an id before it");
}

BOOST_AUTO_TEST_CASE(each_request_has_an_id_of_its_own) {
    std::vector<std::string> requests;
    for (int n = 0; n < 1000; ++n) {
        requests.push_back(new_request());
        BOOST_TEST(std::string(id_in(requests.back())) == requests.back());
    }
    std::ranges::sort(requests);
    BOOST_TEST((std::ranges::adjacent_find(requests) == requests.end()), "an id was used twice");
}

BOOST_AUTO_TEST_SUITE_END()
