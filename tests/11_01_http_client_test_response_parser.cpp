// Recipe 11.1, the end of a response: bytes in, what they mean out.
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "11_01_http_client/wire/response_parser.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::testing;
using namespace std::string_literals;
using Progress = ResponseParser::Progress;

/// What came of the bytes of a connection.
struct Parsed {
    unsigned status = 0;
    std::string body = {};
    std::string left = {};  // bytes beyond the response
    bool keep_alive = false;
    Error error = {};

    bool operator==(const Parsed&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Parsed& parsed) {
    if (parsed.error != Error{}) {
        return out << make_error_code(parsed.error).message();
    }
    return out << parsed.status << ", body " << in_quotes(parsed.body) << ", left "
               << in_quotes(parsed.left) << (parsed.keep_alive ? ", kept" : ", not kept");
}

/// Parses the bytes as they would arrive in segments of `segment` bytes; then the connection ends.
Parsed parse(std::string_view bytes, std::size_t segment, InResponseTo request = InResponseTo::any,
             Response* head = nullptr) {
    Response response;
    ResponseParser parser(head ? *head : response, request);
    Parsed parsed;
    Progress progress = Progress::needs_more;
    std::string_view arrived;
    while (progress != Progress::done && progress != Progress::failed) {
        progress = parser.parse(arrived);
        arrived.remove_prefix(parser.used());
        parsed.body += parser.data();
        if (progress == Progress::needs_more && bytes.empty()) {
            progress = parser.finish();
        } else if (progress == Progress::needs_more) {
            arrived = bytes.substr(0, segment);
            bytes.remove_prefix(arrived.size());
        }
    }
    if (progress == Progress::failed) {
        return {.error = static_cast<Error>(parser.error().value())};
    }
    parsed.status = head ? head->status : response.status;
    parsed.left = std::string(arrived) + std::string(bytes);
    parsed.keep_alive = parser.keep_alive();
    return parsed;
}

/// However the network has cut the bytes, they mean the same.
void expect(std::string_view bytes, const Parsed& expected, std::string_view rule,
            InResponseTo request = InResponseTo::any) {
    for (const std::size_t segment :
         {bytes.size() + 1, std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
        const Parsed parsed = parse(bytes, segment, request);
        BOOST_TEST(parsed == expected, in_quotes(bytes)
                                           << " in segments of " << segment << " bytes: " << parsed
                                           << ", not " << expected << ": " << rule);
    }
}

void expect_error(std::string_view bytes, Error error, std::string_view rule) {
    expect(bytes, {.error = error}, rule);
}

std::string response_of(std::string_view fields, std::string_view body = {}) {
    return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view body) {
    return response_of("Transfer-Encoding: chunked\r\n", body);
}

/// What the head of a response says of it.
Response head_of(std::string_view bytes) {
    Response response;
    parse(bytes, bytes.size(), InResponseTo::any, &response);
    return response;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

// --- Step 1: where a body ends -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_body_ends_after_its_length) {
    const std::string response = response_of("Content-Length: 3\r\n", "abc");
    expect(response, {200, "abc", "", true}, "Content-Length counts the bytes of the body");
    expect(response + "HTTP/1.1", {200, "abc", "HTTP/1.1", true},
           "what follows the body is the next response's");
    expect(response_of("Content-Length: 0\r\n"), {200, "", "", true},
           "an empty body has ended already");
    expect_error(response_of("Content-Length: 3\r\n", "ab"), Error::cut_short,
                 "an end before the end is an error, or half a file passes for a whole one");
}

BOOST_AUTO_TEST_CASE(a_length_may_be_said_twice_if_it_is_the_same) {
    const std::string_view rule = "RFC 9112, 6.3: one length, however often it is said";
    expect(response_of("Content-Length: 3\r\ncontent-length: 3\r\n", "abc"), {200, "abc", "", true},
           rule);
    expect(response_of("Content-Length: 3, 3\r\n", "abc"), {200, "abc", "", true}, rule);
    expect(response_of("Content-Length: 3 ,003\r\n", "abc"), {200, "abc", "", true}, rule);
    expect_error(response_of("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"),
                 Error::bad_length, rule);
    expect_error(response_of("Content-Length: 3, 4\r\n", "abcd"), Error::bad_length, rule);
}

BOOST_AUTO_TEST_CASE(refuses_a_length_that_is_no_number) {
    for (const std::string value :
         {"", "+3", "-3", "0x3", "3a", "3 3", "3,", ",3", "3;", "9223372036854775808",
          "18446744073709551616", "99999999999999999999999999"}) {
        expect_error(response_of("Content-Length: " + value + "\r\n", "abc"), Error::bad_length,
                     "two readers could find two ends");
    }
}

BOOST_AUTO_TEST_CASE(a_chunked_body_ends_with_the_chunk_of_size_0) {
    expect(chunked("3\r\nabc\r\n0\r\n\r\n"), {200, "abc", "", true}, "RFC 9112, 7.1");
    expect(chunked("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nmore"),
           {200, "abc0123456789", "more", true}, "sizes are hexadecimal");
    expect(chunked("00003\nabc\n000\n\n"), {200, "abc", "", true}, "lines may end with LF alone");
    expect(chunked("3  \r\nabc\r\n0\t\r\n\r\n"), {200, "abc", "", true},
           "spaces may follow the size");
    expect(chunked("3;\r\nabc\r\n0;a=\"b\";\xe9\r\n\r\n"), {200, "abc", "", true},
           "extensions mean nothing, empty ones too");
    expect(response_of("transfer-encoding: CHUNKED\r\n", "0\r\n\r\n"), {200, "", "", true},
           "names of codings have no case");
    expect(response_of("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                       "1\r\na\r\n0\r\n\r\n"),
           {200, "a", "", true}, "said twice, it is applied once");
    expect_error(chunked("3\r\nabc\r\n0\r\n"), Error::cut_short, "the empty line is missing");
    expect_error(chunked("3\r\nabc\r\n"), Error::cut_short, "the last chunk is missing");
    expect_error(chunked("4\r\nabc"), Error::cut_short, "the chunk is not whole");
}

BOOST_AUTO_TEST_CASE(refuses_a_chunk_that_two_readers_could_read_in_two_ways) {
    for (const std::string line : {"", " 3", "+3", "-3", "0x3", "g", "3 4", "3a:", "3\rx", "3\r",
                                   "8000000000000000", "10000000000000000", "3;\x01"}) {
        expect_error(chunked(line + "\r\nabc\r\n0\r\n\r\n"), Error::bad_chunk,
                     "the size is one hexadecimal number below 2^63");
    }
    expect_error(chunked("3\r\nabcd\r\n0\r\n\r\n"), Error::bad_chunk,
                 "data beyond the size is not skipped");
    expect_error(chunked("3\r\nabc\rd"), Error::bad_chunk, "a line end follows a chunk");
}

BOOST_AUTO_TEST_CASE(chunks_beat_a_length_and_the_connection_ends) {
    expect(
        response_of("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
        {200, "abc", "", false}, "RFC 9112, 6.3: somebody on the way may have believed the length");
    expect(
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\n\r\n",
        {200, "abc", "", false}, "RFC 9112, 6.1: HTTP/1.0 has no chunks");
}

BOOST_AUTO_TEST_CASE(refuses_any_transfer_coding_but_chunked) {
    for (const std::string value : {"gzip", "gzip, chunked", "chunked, gzip", "identity", "",
                                    "chunked;q=1", "\"chunked\"", "chunke", "chunkedd"}) {
        expect_error(response_of("Transfer-Encoding: " + value + "\r\n", "0\r\n\r\n"),
                     Error::bad_transfer_coding, "nobody knows where such a body ends");
    }
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_ends_with_the_connection) {
    expect(response_of("", "abc"), {200, "abc", "", false},
           "RFC 9112, 6.3: all that comes is the body");
    expect(response_of(""), {200, "", "", false}, "nothing came");
}

BOOST_AUTO_TEST_CASE(some_responses_have_no_body_whatever_they_say) {
    for (const std::string_view head :
         {"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
          "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        const unsigned status = head[9] == '2' ? 204 : 304;
        expect(std::string(head) + "HTTP", {status, "", "HTTP", true}, "204 and 304 have no body");
    }
    expect(response_of("Content-Length: 3\r\n", "HTTP"), {200, "", "HTTP", true},
           "the response to HEAD has no body", InResponseTo::head);
    expect(response_of("Content-Length: 3\r\n", "\x16\x03"), {200, "", "\x16\x03", true},
           "behind a 2xx to CONNECT the tunnel begins, its lengths mean nothing",
           InResponseTo::connect);
    expect("HTTP/1.1 407 No\r\nContent-Length: 3\r\n\r\nabc", {407, "abc", "", true},
           "a proxy that refuses says why", InResponseTo::connect);
}

// --- The rest of a response ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_what_can_be_read_in_one_way_only) {
    const Parsed nothing{200, "", "", true};
    for (const std::string_view head :
         {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200\nContent-Length: 0\n\r\n",
          "HTTP/1.1  200\tOK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 Tr\xe8s bien\r\nContent-Length:0\r\nX: \xff\xfe\r\n\r\n",
          "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\tc\r\nContent-Length:\r\n 0\r\n\r\n",
          "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0  \r\n\r\n"}) {
        expect(head, nothing, "curl and http.client read it, too");
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_does_not_begin_as_a_response) {
    for (const std::string_view bytes :
         {"<html>", "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
          "HTTP/0.9 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n",
          "HTTP/1.\r\n\r\n", "ICY 200 OK\r\n\r\n", "\x15\x03\x03"}) {
        expect_error(bytes, Error::no_status_line, "only HTTP/1 begins with HTTP/1.DIGIT");
    }
    for (const std::string_view line :
         {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1200 OK", "HTTP/1.10 200 OK", "HTTP/1.1 20 OK",
          "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 2x0 OK",
          "HTTP/1.1 200OK", "HTTP/1.1 OK", "HTTP/1.1 200;OK"}) {
        expect_error(std::string(line) + "\r\n\r\n", Error::bad_status,
                     "a status is three digits, from 100");
    }
}

BOOST_AUTO_TEST_CASE(refuses_a_line_that_is_no_field) {
    for (const std::string& line :
         {"X"s, ": a"s, "X Y: a"s, "X : a"s, " X: a"s, "X\r: a"s, "X\xe9: a"s, "(X): a"s,
          "X: a\0b"s, "X\0: a"s, "HTTP/1.1 200 OK"s}) {
        expect_error(response_of(line + "\r\n"), Error::bad_field,
                     "a field is a token, a colon, a value");
        expect_error(chunked("0\r\n" + line + "\r\n\r\n"), Error::bad_field,
                     "the same holds for trailers");
    }
    expect_error("HTTP/1.1 200 O\0K\r\n\r\n"s, Error::no_status_line, "NUL is in no head");
}

BOOST_AUTO_TEST_CASE(passes_over_interim_responses) {
    const std::string early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const std::string final = response_of("Content-Length: 1\r\n", "a");
    std::string many;
    for (std::size_t count = 0; count < HeadParser::max_interim; ++count) {
        many += early;
    }
    expect("HTTP/1.1 100 Continue\r\n\r\n" + final, {200, "a", "", true}, "the final one follows");
    expect(many + final, {200, "a", "", true}, "as many as may come");
    expect_error(many + early + final, Error::too_many_interim, "a server could go on for ever");
    expect_error("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Error::unasked_upgrade,
                 "nobody asked for another protocol");
    BOOST_TEST(head_of(early + final).fields.size() == 1U,
               "an interim response's fields are none of the final one's");
}

BOOST_AUTO_TEST_CASE(keeps_the_connection_if_both_sides_can) {
    const auto kept = [](std::string_view line, std::string_view fields) {
        const std::string head =
            std::string(line) + "\r\n" + std::string(fields) + "Content-Length: 0\r\n\r\n";
        return parse(head, head.size()).keep_alive;
    };
    BOOST_TEST(kept("HTTP/1.1 200 OK", ""), "HTTP/1.1 keeps connections");
    BOOST_TEST(!kept("HTTP/1.1 200 OK", "connection: Close\r\n"),
               "the server says that it ends it");
    BOOST_TEST(!kept("HTTP/1.1 200 OK", "Connection: x, close\r\n"), "close is one of a list");
    BOOST_TEST(!kept("HTTP/1.1 200 OK", "Connection: keep-alive\r\nConnection: close\r\n"),
               "close is in any of the fields");
    BOOST_TEST(!kept("HTTP/1.0 200 OK", ""), "HTTP/1.0 ends connections");
    BOOST_TEST(kept("HTTP/1.0 200 OK", "Connection: keep-alive\r\n"), "unless it says otherwise");
    BOOST_TEST(!kept("HTTP/1.0 200 OK", "Connection: keep-alive, close\r\n"), "close is stronger");
}

BOOST_AUTO_TEST_CASE(a_head_has_limits) {
    const std::string status_line = "HTTP/1.1 200 OK\r\n";
    const auto head = [&](std::size_t size) {
        const std::size_t rest = status_line.size() + 5 + 2;
        return status_line + "X: " + std::string(size - rest, 'a') + "\r\n\r\n";
    };
    const auto fields = [&](std::size_t count) {
        std::string text = status_line;
        for (std::size_t field = 0; field < count; ++field) {
            text += "X:\r\n";
        }
        return text + "\r\n";
    };
    const auto error_of = [](const std::string& bytes) { return parse(bytes, 4096).error; };
    BOOST_TEST((error_of(head(HeadParser::max_size)) == Error{}), "256 KiB are allowed");
    BOOST_TEST((error_of(head(HeadParser::max_size + 1)) == Error::head_too_large));
    BOOST_TEST((error_of(fields(HeadParser::max_fields)) == Error{}), "1,000 fields are");
    BOOST_TEST((error_of(fields(HeadParser::max_fields + 1)) == Error::head_too_large));
    BOOST_TEST(
        (error_of(status_line + std::string(HeadParser::max_size, 'a')) == Error::head_too_large),
        "a line without an end does not grow for ever");
    const std::string trailers =
        std::string("0\r\n").append(fields(1001).substr(status_line.size()));
    BOOST_TEST((error_of(chunked(trailers)) == Error::head_too_large), "trailers have limits, too");
    const std::string extension(ResponseParser::max_chunk_line, 'a');
    BOOST_TEST((error_of(chunked("0;" + extension.substr(3) + "\r\n\r\n")) == Error{}));
    BOOST_TEST((error_of(chunked("0;" + extension + "\r\n\r\n")) == Error::chunk_line_too_long));
    BOOST_TEST((error_of(chunked(extension + "a")) == Error::chunk_line_too_long));
}

BOOST_AUTO_TEST_CASE(keeps_the_head_as_it_came) {
    const Response response = head_of(
        "HTTP/1.1 404 Not  Found\nSet-Cookie:a=1 \r\nx-folded:\ta \r\n  b\r\n \r\nSET-COOKIE: "
        "b=2\n\n");
    BOOST_TEST(response.status_line == "HTTP/1.1 404 Not  Found");
    BOOST_TEST(response.reason() == "Not  Found");
    BOOST_TEST(response.fields.text() == "Set-Cookie:a=1 \r\nx-folded:\ta b\r\nSET-COOKIE: b=2\r\n",
               "names, order and spaces stay; folded lines become one");
    BOOST_TEST(response.fields["X-Folded"] == "a b", "a fold is one space");
    const std::vector<std::string_view> cookies = {"a=1", "b=2"};
    BOOST_TEST((response.fields.all("set-cookie") == cookies), "repeated fields are kept");
    BOOST_TEST(head_of("HTTP/1.1 200\r\n\r\n").reason().empty());
    BOOST_TEST(head_of("HTTP/1.1 200 \r\n\r\n").reason().empty());
}

BOOST_AUTO_TEST_SUITE_END()
