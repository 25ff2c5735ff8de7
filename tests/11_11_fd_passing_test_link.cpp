// Recipe 11.11, the rules by which nothing is lost and nothing served twice: tables, without a
// process or a socket.
#include <boost/algorithm/string/join.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_07_messaging/value/value.hpp"
#include "11_11_fd_passing/greeting.hpp"
#include "11_11_fd_passing/worker_link.hpp"
#include "11_11_fd_passing_descriptors.hpp"
#include "common/async/asio.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::fd_passing;
using namespace cookbook::testing;
using messaging::None;
using messaging::Tuple;
using messaging::Value;

constexpr WorkerLink::clock::time_point now{1000s};

constexpr Greeting ours = {.pid = 4711, .reports = Reports::each};
constexpr Greeting original = {.pid = 4711, .reports = Reports::none};

/// Connections by one letter each; "abc" are three.
std::vector<Client> clients(std::string_view names) {
    std::vector<Client> made;
    for (const char name : names) {
        made.push_back({Descriptor(), std::string(1, name)});
    }
    return made;
}

std::string names(const std::vector<Client>& of) {
    std::string text;
    for (const Client& client : of) {
        text += client.name;
    }
    return text;
}

/// What happens to a link, and what comes of it. `log`: "ab" is sent, "+AN" is received, "." its
/// message has been read.
struct Story {
    explicit Story(const Greeting& greeting, const std::vector<std::string>& log) : link(greeting) {
        std::vector<Client> given_back;
        for (const std::string& event : log) {
            if (event == ".") {
                link.message_read();
            } else if (event.starts_with('+')) {
                valid = link.receive_reports(event.substr(1), now, given_back);
            } else {
                link.sent(clients(event));
            }
        }
        returned = names(given_back);
    }

    WorkerLink link;
    std::string returned;
    bool valid = true;
};

std::string owed(WorkerLink& link, LinkEnd how = LinkEnd::reset) {
    return names(link.end(how));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_passing)

// --- Step 3: until it answers --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(answers_are_for_the_oldest) {
    struct Row {
        std::vector<std::string> log;
        std::string returned;
        std::string owed;
        std::size_t load;
    };
    for (const auto& [log, returned, owes, load] : {
             Row{{"a"}, "", "a", 1},
             Row{{"a", "+A"}, "", "", 1},
             Row{{"a", "+N"}, "a", "", 0},
             Row{{"a", "+A", "+D"}, "", "", 0},
             Row{{"abc", "+A"}, "", "bc", 3},
             Row{{"abc", "+AN"}, "b", "c", 2},
             Row{{"abc", "+ANA"}, "b", "", 2},
             Row{{"abc", "+NNN"}, "abc", "", 0},
             Row{{"ab", "+AD", "cd", "+AN"}, "c", "d", 2},
             Row{{"ab", "cd", "+A", "+DA", "ef", "+D"}, "", "cdef", 4},
         }) {
        Story story(ours, log);
        const std::string told = boost::algorithm::join(log, " ");
        BOOST_TEST(story.valid, told);
        BOOST_TEST(story.returned == returned,
                   told << ": what was not taken goes to another worker");
        BOOST_TEST(story.link.load() == load, told << ": handed over less ended");
        BOOST_TEST(owed(story.link) == owes, told << ": what has no answer is owed");
    }
}

BOOST_AUTO_TEST_CASE(our_copy_stays_open_until_the_answer) {
    UnixPair pair;
    WorkerLink link(ours);
    std::vector<Client> one;
    one.push_back({Descriptor(pair.release_near()), "a"});
    link.sent(std::move(one));
    char byte = 0;
    BOOST_TEST(
        ::recv(pair.far(), &byte, 1, 0) == -1,
        "the connection was closed before the worker had taken it: if it dies now, the client "
        "is lost");
    std::vector<Client> returned;
    link.receive_reports("A", now, returned);
    BOOST_TEST(::recv(pair.far(), &byte, 1, 0) == 0,
               "a copy that we keep after the answer withholds the end of the stream");
}

BOOST_AUTO_TEST_CASE(bytes_that_answer_nothing_are_refused) {
    for (const std::vector<std::string>& log : std::vector<std::vector<std::string>>{{"+A"},
                                                                                     {"+N"},
                                                                                     {"+D"},
                                                                                     {"a", "+AA"},
                                                                                     {"a", "+NA"},
                                                                                     {"a", "+D"},
                                                                                     {"a", "+ADD"},
                                                                                     {"a", "+ND"},
                                                                                     {"a", "+a"},
                                                                                     {"a", "+\n"},
                                                                                     {"ab", "+AAA"},
                                                                                     {"a", "+B"}}) {
        const Story story(ours, log);
        BOOST_TEST(!story.valid, boost::algorithm::join(log, " ")
                                     << ": a worker that answers what was not asked is not to be "
                                        "trusted with connections");
    }
    Story before(ours, {"abc", "+AxN"});
    BOOST_TEST((before.returned.empty() && owed(before.link) == "bc"),
               "what comes behind such a byte does not count");
    const Story silent(original, {"a", "+A"});
    BOOST_TEST(!silent.valid, "a worker that does not report has nothing to say");
}

BOOST_AUTO_TEST_CASE(connections_of_a_former_server_may_end) {
    WorkerLink link({.pid = 1, .reports = Reports::each, .served = 2});
    BOOST_TEST(link.load() == 2U, "what it serves already is load");
    std::vector<Client> returned;
    BOOST_TEST(link.receive_reports("DD", now, returned));
    BOOST_TEST(link.load() == 0U);
    BOOST_TEST(!link.receive_reports("D", now, returned), "a third one it did not serve");
}

BOOST_AUTO_TEST_CASE(at_most_64_are_unanswered) {
    WorkerLink link(ours);
    BOOST_TEST(link.room(now) == 64U);
    link.sent(clients(std::string(60, 'x')));
    BOOST_TEST(link.room(now) == 4U);
    link.sent(clients("xxxx"));
    BOOST_TEST(link.room(now) == 0U, "a worker that is only slow must not collect all clients");
    std::vector<Client> returned;
    link.receive_reports("AAA", now, returned);
    BOOST_TEST(link.room(now) == 3U);
}

BOOST_AUTO_TEST_CASE(who_does_not_take_is_left_alone_for_a_second) {
    WorkerLink link(ours);
    link.sent(clients("ab"));
    std::vector<Client> returned;
    link.receive_reports("N", now, returned);
    BOOST_TEST(link.room(now) == 0U, "it has just said that it cannot");
    BOOST_TEST((link.rests_until(now) == now + 1s));
    BOOST_TEST(link.room(now + 999ms) == 0U);
    BOOST_TEST(link.room(now + 1s) == 63U, "after a second it is asked again");
    BOOST_TEST((link.rests_until(now + 1s) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(who_does_not_report_has_one_at_a_time) {
    WorkerLink link(original);
    BOOST_TEST(link.room(now) == 1U, "the original's worker serves one after the other");
    link.sent(clients("a"));
    BOOST_TEST(link.room(now) == 0U, "a message that it has not read may be its last");
    BOOST_TEST(link.unanswered() == 1U);
    link.message_read();
    BOOST_TEST(link.room(now) == 1U);
    BOOST_TEST(link.load() == 1U, "it serves what it has read");
    link.sent(clients("b"));
    link.message_read();
    BOOST_TEST(link.load() == 1U, "it reads a message when the connection before has ended");
}

// --- Step 4: the end -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(who_ends_owes_what_it_has_not_answered) {
    for (const LinkEnd how : {LinkEnd::orderly, LinkEnd::reset}) {
        Story story(ours, {"abc", "+A", "de"});
        BOOST_TEST(owed(story.link, how) == "bcde",
                   "what a dead worker has not answered is given to others, the oldest first; what "
                   "it has taken is not, or it would be served twice");
        BOOST_TEST(story.link.unanswered() == 0U);
        BOOST_TEST(owed(story.link, how).empty(), "and only once");
    }
}

BOOST_AUTO_TEST_CASE(a_message_that_was_not_read_resets_the_connection) {
    Story unread(original, {"a"});
    BOOST_TEST(owed(unread.link, LinkEnd::reset) == "a",
               "the worker died before it had read the message");
    Story read(original, {"a"});
    BOOST_TEST(owed(read.link, LinkEnd::orderly).empty(),
               "an orderly end says that the message was read: whoever gives the connection to "
               "another worker has it served twice");
    Story earlier(original, {"a", ".", "b"});
    BOOST_TEST(owed(earlier.link, LinkEnd::reset) == "b");
    Story idle(original, {"a", "."});
    BOOST_TEST(owed(idle.link, LinkEnd::orderly).empty());
}

// --- The greeting --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_both_greetings) {
    BOOST_TEST((parse_greeting(4711) == original), "the original's worker sends its pid");
    BOOST_TEST((parse_greeting(Tuple{{4711, 0}}) == ours));
    const Greeting busy = {.pid = 1, .reports = Reports::each, .served = 17};
    BOOST_TEST((parse_greeting(Tuple{{1, 17}}) == busy));
    BOOST_TEST((parse_greeting(make_greeting(busy)) == busy), "ours is one of them");
}

BOOST_AUTO_TEST_CASE(refuses_other_greetings) {
    for (const Value& object : std::vector<Value>{
             None{}, "4711", true, 4711.0, 0, -1, std::int64_t{1} << 40U, Tuple{}, Tuple{{1}},
             Tuple{{1, -1}}, Tuple{{0, 1}}, Tuple{{1, 2, 3}}, Tuple{{"1", 2}}, Tuple{{1, "2"}},
             Tuple{{1, true}}, messaging::List{{1, 2}}, Tuple{{1, std::int64_t{1} << 40U}}}) {
        BOOST_CHECK_THROW(parse_greeting(object), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_SUITE_END()
