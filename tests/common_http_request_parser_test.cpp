// common/http/request_parser.hpp: what a request means, and which status each violation of RFC 9112
// has.
#include "common/http/request_parser.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "support/loopback.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

const http::Limits parser_limits{{}, 100, 600, 10};

/// What came of a request: 200, or the status of its violation.
struct Parsed {
    int status = 0;
    std::string body = {};
    std::size_t used = 0;  // bytes; what follows belongs to the next request

    bool operator==(const Parsed&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Parsed& outcome) {
    return out << outcome.status << ", body " << in_quotes(outcome.body) << ", " << outcome.used
               << " bytes";
}

/// Parses `bytes` as they would arrive in segments of `segment` bytes.
Parsed parse(std::string_view bytes, std::size_t segment) {
    using Progress = http::RequestParser::Progress;
    http::Request request;
    std::vector<http::Field> fields;
    std::optional<http::RequestParser> parser;
    std::size_t end = 0;
    auto progress = Progress::needs_more;
    while (progress == Progress::needs_more) {
        if (end == bytes.size()) {
            return {.status = 0};  // it asks for more
        }
        end = std::min(end + segment, bytes.size());
        parser.emplace(request, fields, parser_limits);
        progress = parser->parse_head(bytes.substr(0, end));
    }

    Parsed outcome{.status = 200};
    outcome.used = progress == Progress::done ? parser->used() : 0;
    while (progress != Progress::failed && !parser->is_done()) {
        progress = parser->parse_body(bytes.substr(outcome.used, end - outcome.used));
        outcome.used += parser->used();
        outcome.body += parser->data();
        if (progress == Progress::needs_more) {
            if (end == bytes.size()) {
                return {.status = 0};
            }
            end = std::min(end + segment, bytes.size());
        }
    }
    if (progress == Progress::failed) {
        return {.status = static_cast<int>(parser->error().status)};
    }
    return outcome;
}

struct Case {
    int status;
    std::string bytes;
};

using namespace std::string_literals;

const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";

const std::vector<Case> cases = {
    // Request lines
    {200, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {200, "GET / HTTP/1.0\r\n\r\n"},
    {200, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
    {200, "POST / HTTP/1.9\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"},
    {400, "GET / HTTP/1.2\r\n\r\n"},
    {400, "GET / x HTTP/1.2\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.2\nHost: a\n\n"},
    {400, "GET /\r\n\r\n"},
    {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/11\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s},
    {400, "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /#part HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n"s},
    {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/3.0\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"},
    {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {414, "GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"},
    {414, "GET /" + std::string(700, 'a')},
    {200, "GET /" + std::string(99, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"},
    // Targets
    {200, "GET http://b/c HTTP/1.1\r\nHost: a\r\n\r\n"},
    {200, "GET HTTP://b:80?c HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http:///c HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://user@b/c HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET ftp://b/c HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET c HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {200, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "CONNECT /c HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "CONNECT b:x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET b:443 HTTP/1.1\r\nHost: a\r\n\r\n"},
    // Host
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
    {200, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {200, "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
    // Fields
    {400, "GET / HTTP/1.1\nHost: a\n\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n"s},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\x0b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\x7f\r\n\r\n"},
    {200, "GET / HTTP/1.1\r\nHost: a\r\nX: b\tc\xc3\xa9\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n X: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n X: b\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX\xff: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n c\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n \r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n \r\n\r\n"},
    {431, "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(600, 'b') + "\r\n\r\n"},
    {431, "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(600, 'b')},
    {431,
     "GET / HTTP/1.1\r\nHost: "
     "a\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n"},
    {417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nConnection: clo se\r\n\r\n"},
    // Lengths
    {200, post + "Content-Length: 3\r\n\r\nabc"},
    {200, post + "Content-Length: 003\r\n\r\nabc"},
    {400, post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
    {400, post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
    {400, post + "Content-Length: 3, 3\r\n\r\nabc"},
    {400, post + "Content-Length: 3,4\r\n\r\nabcd"},
    {400, post + "Content-Length: -1\r\n\r\n"},
    {400, post + "Content-Length: +3\r\n\r\nabc"},
    {400, post + "Content-Length: 0x3\r\n\r\nabc"},
    {400, post + "Content-Length: 3 3\r\n\r\nabc"},
    {400, post + "Content-Length: 3;a=b\r\n\r\nabc"},
    {400, post + "Content-Length: 3.0\r\n\r\nabc"},
    {400, post + "Content-Length:\r\n\r\nabc"},
    {400, post + "Content-Length: abc\r\n\r\nabc"},
    {400, post + "Content-Length: 18446744073709551616\r\n\r\n"},
    {400, post + "Content-Length: 99999999999999999999999999999999\r\n\r\n"},
    {400, post + "Content-Length : 3\r\n\r\nabc"},
    // Transfer codings
    {200, post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {200, post + "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
    {400, post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n12345"},
    {400, post + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n12345"},
    {400, post + "Transfer-Encoding: gzip\r\n\r\n"},
    {400, post + "Transfer-Encoding: identity\r\n\r\n"},
    {400, post + "Transfer-Encoding:\r\n\r\n"},
    {501, post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"},
    {501, post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"},
    {501, post + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: \x0b"
                 "chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    // Chunks
    {200, post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
    {200,
     post + "Transfer-Encoding: chunked\r\n\r\n3;a;b=c;d=\"e\"\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n3;a=" + std::string(600, 'b') +
              "\r\nabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n3 a\r\nabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n"},
    {0, post + "Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n"},  // the line has not ended
    {400, post + "Transfer-Encoding: chunked\r\n\r\n3\rabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(common_http_request_parser)

BOOST_AUTO_TEST_CASE(has_the_status_that_the_rfc_names) {
    for (const Case& test : cases) {
        const int status = parse(test.bytes, test.bytes.size()).status;
        BOOST_TEST(status == test.status, in_quotes(test.bytes)
                                              << " gave " << status << ", not " << test.status);
    }
}

BOOST_AUTO_TEST_CASE(reads_it_the_same_way_however_it_is_cut) {
    for (const Case& test : cases) {
        const std::string bytes = test.bytes + "GET /next HTTP/1.1\r\n";
        const Parsed whole = parse(bytes, bytes.size());
        for (const std::size_t segment : {1U, 2U, 3U, 7U}) {
            const Parsed in_pieces = parse(bytes, segment);
            const bool refused = in_pieces.status >= 400 && whole.status >= 400;
            BOOST_TEST((refused || in_pieces == whole),
                       in_quotes(bytes) << " in segments of " << segment << " gave " << in_pieces
                                        << ", whole " << whole);
        }
    }
}

BOOST_AUTO_TEST_CASE(leaves_what_follows_to_the_next_request) {
    const std::string first =
        post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    const Parsed outcome = parse(first + "GET / HTTP/1.1\r\n\r\n", 1000);
    BOOST_TEST(outcome == (Parsed{200, "abcde", first.size()}));
}

BOOST_AUTO_TEST_CASE(tells_path_query_and_host_of_every_form_of_target) {
    struct Target {
        std::string line, path, query, host;
    };
    const std::vector<Target> targets = {
        {"GET /a/b?c=d?e", "/a/b", "c=d?e", "a"},
        {"GET /a", "/a", "", "a"},
        {"GET http://b:80/c?d", "/c", "d", "b:80"},
        {"GET http://b?d", "/", "d", "b"},
        {"GET http://b", "/", "", "b"},
        {"OPTIONS http://b", "*", "", "b"},
        {"OPTIONS *", "*", "", "a"},
    };
    for (const Target& target : targets) {
        const std::string bytes = target.line + " HTTP/1.1\r\nHost: a\r\n\r\n";
        http::Request request;
        std::vector<http::Field> fields;
        http::RequestParser parser(request, fields, parser_limits);
        BOOST_TEST_REQUIRE((parser.parse_head(bytes) == http::RequestParser::Progress::done));
        BOOST_TEST(request.path == target.path);
        BOOST_TEST(request.query == target.query);
        BOOST_TEST(request.host == target.host);
        BOOST_TEST(request[http::field::host] == "a");
    }
}

BOOST_AUTO_TEST_CASE(takes_a_later_minor_version_for_the_highest_it_knows) {
    const std::string bytes = "GET /a?b HTTP/1.2\r\nHost: c\r\nExpect: 100-continue\r\n\r\n";
    http::Request request;
    std::vector<http::Field> fields;
    http::RequestParser parser(request, fields, parser_limits);
    BOOST_TEST_REQUIRE((parser.parse_head(bytes) == http::RequestParser::Progress::done));
    BOOST_TEST(parser.used() == bytes.size());
    BOOST_TEST(request.version == 11U, "HTTP/1.2 is processed as HTTP/1.1 (RFC 9110, 2.5)");
    BOOST_TEST(request.target == "/a?b", "its target is the one that came");
    BOOST_TEST(request.host == "c", "its fields are those that came");
    BOOST_TEST(parser.keep_alive(), "it keeps its connection, as HTTP/1.1 does");
    BOOST_TEST(parser.expects_continue(), "it may wait for 100 Continue, as HTTP/1.1 does");
}

BOOST_AUTO_TEST_SUITE_END()
