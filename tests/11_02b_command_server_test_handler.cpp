// 11.2b, from a line to its response: tables, without a socket.
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "11_02b_command_server/handler.hpp"
#include "support/loopback.hpp"

using namespace cookbook::command_server;
using namespace cookbook::testing;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// The response, without its line feed.
std::string response_to(std::string_view line, Published published = {}) {
    const Metrics metrics;
    const std::string response = respond(
        parse(line), {.time = std::chrono::system_clock::time_point(1'795'542'617'123'456us),
                      .now = metrics.started,
                      .metrics = metrics,
                      .published = published});
    BOOST_TEST(response.find('\n') == response.size() - 1,
               "the response to " << in_quotes(line)
                                  << " is to be one line with its line feed, not "
                                  << in_quotes(response));
    return response.substr(0, response.find('\n'));
}

struct Row {
    std::string line;
    std::string response;
};

void expect_responses(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        const std::string response = response_to(row.line);
        BOOST_TEST(response == row.response,
                   "the response to " << in_quotes(row.line) << " is " << in_quotes(response)
                                      << " instead of " << in_quotes(row.response));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_server)

BOOST_AUTO_TEST_CASE(echoes_words_joined_by_single_spaces) {
    expect_responses({
        {"ECHO a  b", R"({"command":"ECHO","result":"a b"})"},
        {"ECHO \t a\tb \t ", R"({"command":"ECHO","result":"a b"})"},
        {"  ECHO hello", R"({"command":"ECHO","result":"hello"})"},
        {"ECHO", R"({"command":"ECHO","result":""})"},
        {"ECHO   ", R"({"command":"ECHO","result":""})"},
        {"ECHO ECHO echo", R"({"command":"ECHO","result":"ECHO echo"})"},
        {"ECHO \"\\/", R"({"command":"ECHO","result":"\"\\/"})"},
        {"ECHO gr\xc3\xbc\xc3\x9f", "{\"command\":\"ECHO\",\"result\":\"gr\xc3\xbc\xc3\x9f\"}"},
    });
}

BOOST_AUTO_TEST_CASE(only_spaces_and_tabs_separate_words) {
    expect_responses({
        {"ECHO a\x0b"
         "b\x0c"
         "c",
         R"({"command":"ECHO","result":"a\u000bb\fc"})"},
        {"ECHO a\rb", R"({"command":"ECHO","result":"a\rb"})"},
        {"ECHO a\xc2\xa0"
         "b",
         "{\"command\":\"ECHO\",\"result\":\"a\xc2\xa0"
         "b\"}"},
        {"ECHO a\0b"s, R"({"command":"ECHO","result":"a\u0000b"})"},
    });
}

BOOST_AUTO_TEST_CASE(knows_commands_in_any_case_of_ascii) {
    expect_responses({
        {"echo x", R"({"command":"ECHO","result":"x"})"},
        {"EcHo x", R"({"command":"ECHO","result":"x"})"},
        {"quit", R"({"command":"QUIT","result":"bye"})"},
        {"Quit now", R"({"command":"QUIT","result":"bye"})"},
        {"TIME", R"({"command":"TIME","result":"2026-11-24T17:50:17.123456+00:00"})"},
        {"time now", R"({"command":"TIME","result":"2026-11-24T17:50:17.123456+00:00"})"},
    });
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_a_line) {
    expect_responses({
        {"", R"({"error":"empty message"})"},
        {" \t ", R"({"error":"empty message"})"},
        {"foo bar", R"({"error":"unknown command: FOO"})"},
        {"ECHOES", R"({"error":"unknown command: ECHOES"})"},
        {"other", R"({"error":"unknown command: OTHER"})"},
        {"stra\xc3\x9f"
         "e",
         "{\"error\":\"unknown command: STRA\xc3\x9f"
         "E\"}"},
        {"SAY", R"({"error":"SAY needs a text"})"},
        {"SAY \t ", R"({"error":"SAY needs a text"})"},
        {"\xff", R"({"error":"not UTF-8"})"},
        {"ECHO \xc0\xaf", R"({"error":"not UTF-8"})"},          // overlong
        {"ECHO \xed\xa0\x80", R"({"error":"not UTF-8"})"},      // a surrogate
        {"ECHO \xf4\x90\x80\x80", R"({"error":"not UTF-8"})"},  // beyond U+10FFFF
        {"ECHO \xe2\x82", R"({"error":"not UTF-8"})"},          // cut
    });
}

BOOST_AUTO_TEST_CASE(drops_carriage_returns_at_the_end_of_a_line) {
    expect_responses({
        {"ECHO a\r", R"({"command":"ECHO","result":"a"})"},
        {"ECHO a \r\r\r", R"({"command":"ECHO","result":"a"})"},
        {"ECHO\r", R"({"command":"ECHO","result":""})"},
        {"\r", R"({"error":"empty message"})"},
        {"ECHO a\r b\r", R"({"command":"ECHO","result":"a\r b"})"},
    });
}

BOOST_AUTO_TEST_CASE(a_text_is_said_as_it_came) {
    const Request request = parse(" say \t two  words \t\r");
    BOOST_TEST((request.command == Command::say));
    BOOST_TEST(
        request.arguments == "two  words",
        "the text of a SAY goes without the spaces and tabs at its ends, and is otherwise as "
        "it came, but here it is "
            << in_quotes(request.arguments));
    BOOST_TEST(response_to("SAY x", {.seq = 7, .recipients = 3}) ==
               R"({"command":"SAY","seq":7,"recipients":3})");
    BOOST_TEST(
        say_event(7, "[::1]:40000", "say \"hi\"") ==
        "{\"event\":\"say\",\"seq\":7,\"from\":\"[::1]:40000\",\"text\":\"say \\\"hi\\\"\"}\n");
}

BOOST_AUTO_TEST_CASE(tells_a_dropped_client_why) {
    BOOST_TEST(dropped_event(Reason::slow) == "{\"event\":\"dropped\",\"reason\":\"slow\"}\n");
    BOOST_TEST(dropped_event(Reason::idle) == "{\"event\":\"dropped\",\"reason\":\"idle\"}\n");
    BOOST_TEST(dropped_event(Reason::shutdown) ==
               "{\"event\":\"dropped\",\"reason\":\"shutdown\"}\n");
}

BOOST_AUTO_TEST_CASE(help_has_a_sentence_for_each_command) {
    const boost::json::value help = boost::json::parse(response_to("HELP"));
    const boost::json::object& commands = help.at("result").as_object();
    BOOST_TEST(commands.size() == 6U);
    for (const char* command : {"ECHO", "TIME", "STATS", "HELP", "QUIT", "SAY"}) {
        BOOST_TEST_REQUIRE(commands.contains(command), command << " is missing");
        BOOST_TEST(commands.at(command).as_string().ends_with('.'));
    }
}

BOOST_AUTO_TEST_CASE(no_line_makes_a_response_that_overflows_half_a_queue) {
    // Half of the smallest queue is 8 times --max-line.
    constexpr std::size_t max_line = 4096;
    for (const std::string command : {"ECHO ", "SAY ", ""}) {
        const std::string line = command + std::string(max_line - command.size(), '\x01');
        const Request request = parse(line);
        const std::size_t size = response_to(line).size();
        const std::size_t event = say_event(UINT64_MAX, "[::1]:65535", request.arguments).size();
        BOOST_TEST(size < 8 * max_line);
        BOOST_TEST(event < 8 * max_line);
    }
}

BOOST_AUTO_TEST_SUITE_END()
