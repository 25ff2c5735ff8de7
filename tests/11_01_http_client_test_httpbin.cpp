// Recipe 11.1, the server: each resource as python3-httpbin has it (tests/interop compares them).
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_01_http_client/httpbin/cookie_text.hpp"
#include "11_01_http_client/httpbin/httpbin.hpp"
#include "11_01_http_client/httpbin/iri.hpp"
#include "11_01_http_client/httpbin/json_text.hpp"
#include "11_01_http_client/httpbin/utf8.hpp"
#include "11_01_http_client/message/basic_credentials.hpp"
#include "11_01_http_client/wire/content_coding.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/http_server.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::http_client::httpbin;
using namespace cookbook::testing;
using namespace std::string_literals;

/// httpbin, its authority "h:8080" for clients that name none.
class Httpbin : public HttpServer {
public:
    explicit Httpbin(const asio::any_io_executor& executor, http::Limits limits = {})
        : HttpServer(executor, make_httpbin("h:8080", limits.max_body), limits) {}
};

std::string request_for(std::string_view method_and_target, std::string_view fields = "",
                        std::string_view body = "") {
    std::string request(method_and_target);
    request.append(" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n").append(fields);
    if (!body.empty()) {
        request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    return request.append("\r\n").append(body);
}

/// The response to one request.
asio::awaitable<std::string> ask_httpbin(std::string method_and_target, std::string fields = "",
                                         std::string body = "") {
    Httpbin server(co_await this_coro::executor);
    std::string response =
        co_await exchange(server.endpoint(), request_for(method_and_target, fields, body));
    co_await server.end();
    co_return response;
}

/// The value of the response's field of that name; "-" if there is none.
std::string field_of(std::string_view response, std::string_view name) {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t at = response.substr(0, response.find("\r\n\r\n")).find(start);
    if (at == response.npos) {
        return "-";
    }
    const std::string_view rest = response.substr(at + start.size());
    return std::string(rest.substr(0, rest.find("\r\n")));
}

asio::awaitable<void> expect_body(std::string method_and_target, std::string fields,
                                  std::string body, std::string expected) {
    const std::string response = co_await ask_httpbin(method_and_target, fields, body);
    BOOST_TEST(body_of(response) == expected, method_and_target << " got " << response);
}

asio::awaitable<void> expect_status(std::string method_and_target, std::string_view expected,
                                    std::string_view rule, std::string fields = "") {
    const std::string response = co_await ask_httpbin(method_and_target, std::move(fields));
    BOOST_TEST(status_of(response) == expected,
               method_and_target << " got " << response << ": " << rule);
}

/// What is left of a response whose head says no length: its data without the sizes of its chunks.
std::vector<std::string> chunks_of(std::string_view body) {
    std::vector<std::string> chunks;
    while (!body.empty()) {
        const std::size_t size = std::stoul(std::string(body), nullptr, 16);
        const std::size_t begin = body.find("\r\n") + 2;
        chunks.emplace_back(body.substr(begin, size));
        body.remove_prefix(begin + size + 2);
    }
    return chunks;
}

std::string inflated(std::string_view data, std::string_view coding) {
    ContentDecoder decoder = ContentDecoder::make({&coding, 1}, 10'000).value();
    decoder.push(data);
    std::string result;
    for (std::string_view piece = decoder.take().value(); !piece.empty();
         piece = decoder.take().value()) {
        result += piece;
    }
    decoder.finish().value();
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client_httpbin)

// --- What a client has sent ----------------------------------------------------------------------

ASYNC_TEST_CASE(shows_query_fields_origin_and_url) {
    co_await expect_body(
        "GET /get?b=1&a=x+y&b=2&c", "x-one: 1\r\nX-ONE: 2\r\nx-2nd: \xe9\r\n", "",
        R"({"args":{"a":"x y","b":["1","2"],"c":""},"headers":{"Connection":"close","Host":"h",)"
        R"("X-2Nd":"é","X-One":"1,2"},"origin":"127.0.0.1","url":"http://h/get?b=1&a=x+y&b=2&c"})"
        "\n");
    co_await expect_body("GET /headers", "User-Agent: me\r\n", "",
                         R"({"headers":{"Connection":"close","Host":"h","User-Agent":"me"}})"
                         "\n");
    co_await expect_body("GET /user-agent", "user-agent: me\r\n", "", "{\"user-agent\":\"me\"}\n");
    co_await expect_body("GET /user-agent", "", "", "{\"user-agent\":null}\n");
    co_await expect_body("GET /ip", "", "", "{\"origin\":\"127.0.0.1\"}\n");
}

ASYNC_TEST_CASE(believes_a_proxy_and_hides_its_fields) {
    const std::string proxy = "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nVia: x\r\n";
    co_await expect_body("GET /get", proxy, "",
                         R"({"args":{},"headers":{"Connection":"close","Host":"h"},)"
                         R"("origin":"1.2.3.4","url":"https://h/get"})"
                         "\n");
    const std::string response = co_await ask_httpbin("GET /headers?show_env", proxy);
    BOOST_TEST(response.find("\"Via\":\"x\"") != response.npos, response);
}

ASYNC_TEST_CASE(names_itself_to_a_client_that_does_not) {
    Httpbin server(co_await this_coro::executor);
    const std::string response =
        co_await exchange(server.endpoint(), "GET /absolute-redirect/1 HTTP/1.0\r\n\r\n");
    BOOST_TEST(field_of(response, "Location") == "http://h:8080/get",
               "HTTP/1.0 has no Host, and the server knows where it listens: " << response);
    co_await server.end();
}

ASYNC_TEST_CASE(shows_what_a_body_holds) {
    const std::string head = R"({"args":{},"data":)";
    const std::string tail = R"("origin":"127.0.0.1","url":"http://h/post"})"
                             "\n";
    const auto headers = [](std::size_t size, const std::string& type) {
        return R"("headers":{"Connection":"close","Content-Length":")" + std::to_string(size) +
               "\"," + (type.empty() ? "" : "\"Content-Type\":\"" + type + "\",") +
               R"("Host":"h"},)";
    };
    co_await expect_body(
        "POST /post", "", "text",
        head + R"("text","files":{},"form":{},)" + headers(4, "") + R"("json":null,)" + tail);
    co_await expect_body("POST /post", "", "\xff\x00z"s,
                         head + R"("data:application/octet-stream;base64,/wB6",)" +
                             R"("files":{},"form":{},)" + headers(3, "") + R"("json":null,)" +
                             tail);
    const std::string json = R"( {"b": 1.50, "a": [12345678901234567890123]})";
    co_await expect_body("POST /post", "Content-Type: application/json\r\n", json + "\r\n",
                         head + R"(" {\"b\": 1.50, \"a\": [12345678901234567890123]}\r\n",)" +
                             R"("files":{},"form":{},)" +
                             headers(json.size() + 2, "application/json") +
                             R"("json":{"b": 1.50, "a": [12345678901234567890123]},)" + tail);
    const std::string type = "application/x-www-form-urlencoded";
    co_await expect_body("POST /post", "Content-Type: " + type + "\r\n", "b=1&a=%ff&b=2",
                         head + R"("","files":{},"form":{"a":")" + "\xef\xbf\xbd" +
                             R"(","b":["1","2"]},)" + headers(13, type) + R"("json":null,)" + tail);
}

ASYNC_TEST_CASE(tells_files_from_the_other_controls_of_a_form) {
    const std::string disposition = "--x\r\nContent-Disposition: form-data; name=";
    const std::string body = disposition + "a\r\n\r\n1\r\n" + disposition + "a\r\n\r\n2\r\n" +
                             disposition + "f; filename=\"\"\r\n\r\n\r\n" + disposition +
                             "g; filename=t\r\nContent-Type: image/png\r\n\r\n\xff\r\n" +
                             disposition + "g; filename=t\r\n\r\n\xff\r\n" + disposition +
                             "g; filename=t\r\n\r\ntext\r\n--x--";
    const std::string response = co_await ask_httpbin(
        "POST /anything", "Content-Type: multipart/form-data; boundary=x\r\n", body);
    BOOST_TEST(response.find(R"("data":"","files":{"f":"","g":["data:image/png;base64,/w==",)"
                             R"("data:application/octet-stream;base64,/w==","text"]},)"
                             R"("form":{"a":["1","2"]},)") != response.npos,
               response);
}

ASYNC_TEST_CASE(anything_is_whatever_follows) {
    for (const std::string path : {"/anything", "/anything/a/", "/anything/%2e%2e/a%2Fb"}) {
        for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"}) {
            const std::string response = co_await ask_httpbin(method + " " + path + "?q=1");
            BOOST_TEST(response.find("\"method\":\"" + method + "\"") != response.npos, response);
            BOOST_TEST(response.find(iri_of_path(path) + "?q=1") != response.npos, response);
        }
    }
    co_await expect_status("GET /anything/", "404", "something must follow");
    co_await expect_status("GET /anything/%zz", "400", "it cannot be decoded");
}

ASYNC_TEST_CASE(each_resource_has_its_methods) {
    for (const std::string path : {"/get", "/headers", "/cookies", "/gzip", "/delay/0", "/drip"}) {
        const std::string response = co_await ask_httpbin("POST " + path);
        BOOST_TEST(status_of(response) == "405", response);
        BOOST_TEST(field_of(response, "Allow") == "GET, HEAD, OPTIONS");
    }
    for (const std::string method : {"POST", "PUT", "PATCH", "DELETE"}) {
        std::string path = " /" + method;
        std::ranges::transform(path, path.begin(),
                               [](char c) { return static_cast<char>(std::tolower(c)); });
        co_await expect_status(method + path, "200", "it is the resource of that method");
        const std::string response = co_await ask_httpbin("GET" + path);
        BOOST_TEST(status_of(response) == "405", response);
        BOOST_TEST(field_of(response, "Allow").find(method) != std::string::npos, response);
    }
    co_await expect_status("NONSENSE /get", "405", "a method that nobody knows is another one");
    co_await expect_status("OPTIONS /get", "204", "OPTIONS is responded to from what there is");
    co_await expect_status("GET /nothing", "404", "there is no such resource");
    BOOST_TEST(body_of(co_await ask_httpbin("HEAD /get")) == "");
}

// --- What a client asks for ----------------------------------------------------------------------

ASYNC_TEST_CASE(responds_with_the_status_that_was_asked_for) {
    for (const std::string status : {"200", "204", "299", "304", "308", "404", "503", "999"}) {
        co_await expect_status("PUT /status/" + status, status, "that was asked for");
    }
    for (const std::string status : {"301", "302", "303", "305", "307"}) {
        BOOST_TEST(field_of(co_await ask_httpbin("GET /status/" + status), "Location") ==
                   "/redirect/1");
    }
    BOOST_TEST(field_of(co_await ask_httpbin("GET /status/401"), "WWW-Authenticate") ==
               "Basic realm=\"Fake Realm\"");
    BOOST_TEST(field_of(co_await ask_httpbin("GET /status/407"), "Proxy-Authenticate") ==
               "Basic realm=\"Fake Realm\"");
    const std::string teapot = co_await ask_httpbin("GET /status/418");
    BOOST_TEST(teapot.find("-=[ teapot ]=-") != teapot.npos);
    const std::string chosen(status_of(co_await ask_httpbin("GET /status/500:0,201:2,202")));
    BOOST_TEST((chosen == "201" || chosen == "202"), "a weight of 0 is never chosen: " << chosen);
    for (const std::string codes :
         {"x", "", "99", "100", "199", "1000", "-200", "+200", "200,", "200:", "200:x", "200:-1",
          "200:nan", "200:inf", "200:0", "200:1:2", "%20200", "200%0d%0a"}) {
        co_await expect_status("GET /status/" + codes, codes.empty() ? "404" : "400",
                               "no response can have such a status");
    }
}

ASYNC_TEST_CASE(leads_where_it_was_told_to) {
    for (const auto& [target, status, location] : std::vector<std::array<std::string, 3>>{
             {"/redirect/1", "302", "/get"},
             {"/redirect/3", "302", "/relative-redirect/2"},
             {"/redirect/3?absolute=True", "302", "http://h/absolute-redirect/2"},
             {"/relative-redirect/1", "302", "/get"},
             {"/relative-redirect/2", "302", "/relative-redirect/1"},
             {"/absolute-redirect/1", "302", "http://h/get"},
             {"/absolute-redirect/2", "302", "http://h/absolute-redirect/1"},
             {"/redirect-to?url=http://x/%3Fa%23b", "302", "http://x/?a#b"},
             {"/redirect-to?url=a%20b%C3%A9%22%3C", "302", "a%20b%C3%A9\"<"},
             {"/redirect-to?url=/x&status_code=308", "308", "/x"},
             {"/redirect-to?url=/x&status_code=200", "302", "/x"},
             {"/redirect-to?URL=/x&url=/y&Status_Code=307", "307", "/x"},
             {"/redirect-to?url=", "302", ""},
             {"/redirect-to", "400", "-"},
             {"/redirect-to?url=a%0d%0aB:c", "400", "-"},
             {"/redirect-to?url=/x&status_code=x", "400", "-"},
             {"/redirect/0", "400", "-"},
             {"/redirect/x", "400", "-"},
             {"/redirect/-1", "400", "-"}}) {
        const std::string response = co_await ask_httpbin("GET " + target);
        BOOST_TEST(status_of(response) == status, target << " got " << response);
        BOOST_TEST(field_of(response, "Location") == location, target << " got " << response);
    }
}

ASYNC_TEST_CASE(sends_the_fields_that_it_was_told_to) {
    const std::string response =
        co_await ask_httpbin("POST /response-headers?b=2&a=1&A=%c3%a9&b=3");
    BOOST_TEST(response.find("\r\nb: 2\r\nb: 3\r\n") != response.npos, response);
    BOOST_TEST(body_of(response) == R"({"A":["é","1"],"Content-Length":"103",)"
                                    R"("Content-Type":"application/json","a":["é","1"],)"
                                    R"("b":["2","3"]})"
                                    "\n");
    BOOST_TEST(field_of(response, "Content-Length") == std::to_string(body_of(response).size()),
               "the response's own length is one of the fields that it lists");
    for (const std::string query :
         {"a=%0d%0ab:c", "a=%0a", "a=%0d", "a=%01", "a%20b=1", "=1", "%c3%a9=1", "content-length=1",
          "Transfer-Encoding=chunked", "CONNECTION=close", "Date=x", "a=%zz", "a=%00"}) {
        co_await expect_status("GET /response-headers?" + query, "400",
                               "it is not a field, or would break the response");
    }
}

ASYNC_TEST_CASE(compares_tags_as_conditions_say) {
    for (const auto& [fields, status] : std::vector<std::pair<std::string, std::string>>{
             {"", "200"},
             {"If-None-Match: \"t\"\r\n", "304"},
             {"If-None-Match: \"u\", W/\"t\"\r\n", "304"},
             {"If-None-Match: *\r\n", "304"},
             {"If-None-Match: \"u\"\r\n", "200"},
             {"If-None-Match: \"u\"\r\nIf-Match: \"u\"\r\n", "200"},
             {"If-Match: \"t\"\r\n", "200"},
             {"If-Match: t\r\n", "200"},
             {"If-Match: *\r\n", "200"},
             {"If-Match: \"u\", \"v\"\r\n", "412"}}) {
        const std::string response = co_await ask_httpbin("GET /etag/t", fields);
        BOOST_TEST(status_of(response) == status, fields << " got " << response);
        BOOST_TEST(field_of(response, "ETag") == (status == "412" ? "-" : "t"));
    }
    co_await expect_status("GET /etag/a%0d%0ab", "400", "CR and LF would end the field");
    BOOST_TEST(field_of(co_await ask_httpbin("GET /cache/60"), "Cache-Control") ==
               "public, max-age=60");
    co_await expect_status("GET /cache/x", "400", "it is not a number of seconds");
}

ASYNC_TEST_CASE(sets_shows_and_deletes_cookies) {
    const std::string set = co_await ask_httpbin("GET /cookies/set?b=x%20y%3B%22%c3%a9&a=1&a=2&e");
    BOOST_TEST(status_of(set) == "302", set);
    BOOST_TEST(field_of(set, "Location") == "/cookies");
    BOOST_TEST(set.find("Set-Cookie: a=1; Path=/\r\n"
                        "Set-Cookie: b=\"x y\\073\\\"\\303\\251\"; Path=/\r\n"
                        "Set-Cookie: e=; Path=/\r\n") != set.npos,
               set);
    BOOST_TEST(field_of(co_await ask_httpbin("GET /cookies/set/a/b%20c"), "Set-Cookie") ==
               "a=\"b c\"; Path=/");
    co_await expect_body(
        "GET /cookies",
        "Cookie: a=1; b=\"x y\\073\\\"\\303\\251\"; a=2; c; =d\r\nCookie: e = f \r\n", "",
        R"({"cookies":{"a":"1","b":"x y;\"é","c":"","e":"f"}})"
        "\n");
    BOOST_TEST(field_of(co_await ask_httpbin("GET /cookies/delete?a=1"), "Set-Cookie") ==
               "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/");
    for (const std::string target :
         {"set?a=%0d%0ab", "set?a=%01", "set?a%3b=1", "set?=1", "set/a%20b/c", "set/a/b%0dc",
          "delete?a%0d%0ab", "delete?%c3%a9"}) {
        co_await expect_status("GET /cookies/" + target, "400", "no cookie can be made of it");
    }
}

ASYNC_TEST_CASE(asks_for_the_password) {
    const std::string target = "GET /basic-auth/%C3%A9/p%3Aq";
    const std::string right = "basic " + to_base64("é:p:q");
    for (const std::string& credentials :
         {""s, "Basic"s, "Basic "s, "Bearer " + to_base64("é:p:q"), "Basic " + to_base64("é:p"),
          "Basic " + to_base64("é:p:q "), "Basic é:p:q"s}) {
        const std::string response =
            co_await ask_httpbin(target, "Authorization: " + credentials + "\r\n");
        BOOST_TEST(status_of(response) == "401", credentials << " got " << response);
        BOOST_TEST(field_of(response, "WWW-Authenticate") == "Basic realm=\"Fake Realm\"");
    }
    co_await expect_body(target, "Authorization: " + right + "\r\n", "",
                         "{\"authenticated\":true,\"user\":\"é\"}\n");
}

ASYNC_TEST_CASE(codes_what_it_sends) {
    for (const std::string path : {"gzip", "deflate"}) {
        const std::string response = co_await ask_httpbin("GET /" + path);
        BOOST_TEST(field_of(response, "Content-Encoding") == path, response);
        BOOST_TEST(inflated(body_of(response), path) ==
                   "{" + (path == "deflate" ? "\"deflated\":true," : ""s) +
                       (path == "gzip" ? "\"gzipped\":true," : "") +
                       R"("headers":{"Connection":"close","Host":"h"},"method":"GET",)" +
                       "\"origin\":\"127.0.0.1\"}\n");
    }
}

// --- Bodies that come in pieces, or late ---------------------------------------------------------

ASYNC_TEST_CASE(sends_as_many_bytes_as_it_may) {
    for (const auto& [target, size] : std::vector<std::pair<std::string, std::size_t>>{
             {"/bytes/0", 0},
             {"/bytes/5", 5},
             {"/bytes/102401", 102'400},
             {"/drip?duration=0&numbytes=20000", 20'000},
             {"/drip?duration=0&numbytes=20000000", 10 << 20}}) {
        const std::string response = co_await ask_httpbin("GET " + target);
        BOOST_TEST(body_of(response).size() == size, target);
    }
    const std::string seeded = co_await ask_httpbin("GET /bytes/100?seed=7");
    BOOST_TEST(body_of(seeded) == body_of(co_await ask_httpbin("GET /bytes/100?seed=7")),
               "the same seed gives the same bytes");
    BOOST_TEST(body_of(seeded) == body_of(co_await ask_httpbin("GET /bytes/100?SEED=7")),
               "whatever the case of its name");
    BOOST_TEST(body_of(seeded) != body_of(co_await ask_httpbin("GET /bytes/100?seed=8")));
    BOOST_TEST(chunks_of(body_of(co_await ask_httpbin("GET /stream/101"))).size() == 100U + 1,
               "a hundred lines at most, and the last chunk");
    const auto chunks = chunks_of(body_of(co_await ask_httpbin("GET /stream/2?a=1")));
    BOOST_TEST_REQUIRE(chunks.size() == 3U);
    BOOST_TEST(chunks[1] == R"({"args":{"a":"1"},"headers":{"Connection":"close","Host":"h"},)"
                            R"("id":1,"origin":"127.0.0.1","url":"http://h/stream/2?a=1"})"
                            "\n");
    for (const std::string target :
         {"/bytes/x", "/bytes/-1", "/bytes/1?seed=x", "/stream/x", "/drip?numbytes=0",
          "/drip?numbytes=x", "/drip?duration=-1", "/drip?duration=601", "/drip?duration=nan",
          "/drip?delay=x", "/drip?code=100", "/drip?code=1000", "/delay/x", "/delay/-1",
          "/delay/nan"}) {
        co_await expect_status("GET " + target, "400", "it is no such number");
    }
}

ASYNC_TEST_CASE(drips_while_time_passes) {
    Httpbin server(co_await this_coro::executor);
    tcp::socket client = co_await server.connect();
    co_await send_all(client, request_for("GET /drip?numbytes=4&duration=8&delay=5&code=202"));
    co_await settle();
    BOOST_TEST(client.available() == 0U, "the head waits for the delay, too");
    co_await advance(5s);
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
        head += co_await receive(client, 1);
    }
    BOOST_TEST(status_of(head) == "202");
    BOOST_TEST(field_of(head, "Content-Length") == "4");
    co_await expect(client, "*", "the first byte is due at once");
    for (const auto step : {2s, 2s}) {
        co_await settle();
        BOOST_TEST(client.available() == 0U, "the next byte is due two seconds later");
        co_await advance(step);
        co_await expect(client, "*", "two seconds have passed");
    }
    co_await advance(60s);
    co_await expect(client, "*", "two seconds have passed");
    co_await expect_eof(client, "that was all");
    co_await server.end();
}

ASYNC_TEST_CASE(drips_on_however_late_it_is) {
    Httpbin server(co_await this_coro::executor);
    tcp::socket client = co_await server.connect();
    co_await send_all(client, request_for("GET /drip?numbytes=1000&duration=600"));
    co_await settle();
    co_await advance(2'800h);  // a thousand times as many nanoseconds are more than there are
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(body_of(received.data).size() == 1000U, "all of it is due now");
    co_await server.end();
}

ASYNC_TEST_CASE(waits_ten_seconds_at_most) {
    Httpbin server(co_await this_coro::executor);
    for (const auto& [target, delay] :
         std::vector<std::pair<std::string, std::chrono::milliseconds>>{
             {"/delay/2.5", 2500ms}, {"/delay/11", 10s}, {"/delay/inf", 10s}}) {
        tcp::socket client = co_await server.connect();
        co_await send_all(client, request_for("GET " + target));
        co_await settle();
        co_await advance(delay - 2s);
        BOOST_TEST(client.available() == 0U, target << " responds before its time");
        co_await advance(2s);
        const Received received = co_await receive_to_end(client);
        BOOST_TEST(
            received.data.find(R"("data":"","files":{},"form":{},"headers")") != received.data.npos,
            target << " got " << received.data);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(finishes_what_is_delayed_when_it_is_told_to_stop) {
    Httpbin server(co_await this_coro::executor, {{.drain_timeout = 5s}});
    tcp::socket late = co_await server.connect();
    tcp::socket too_late = co_await server.connect();
    tcp::socket dripping = co_await server.connect();
    co_await send_all(late, request_for("GET /delay/2"));
    co_await send_all(too_late, request_for("GET /delay/9"));
    co_await send_all(dripping, request_for("GET /drip?numbytes=2&duration=4"));
    co_await settle();
    server.stop();
    co_await settle();
    BOOST_TEST(!server.stopped(), "the requests at hand are finished first");
    co_await advance(2s);
    BOOST_TEST(status_of((co_await receive_to_end(late)).data) == "200",
               "a response that is due within the drain is sent");
    BOOST_TEST((co_await receive_to_end(dripping)).data.ends_with("\r\n\r\n**"),
               "a body goes on, too");
    co_await advance(3s);
    BOOST_TEST((co_await receive_to_end(too_late)).data == "",
               "one that is due later is cut when the drain is over");
    co_await server.join();
}

ASYNC_TEST_CASE(survives_a_peer_that_leaves_in_the_middle) {
    Httpbin server(co_await this_coro::executor, {{.max_connections = 1}});
    for (const std::string target :
         {"/drip?numbytes=1000&duration=500", "/delay/9", "/stream/100", "/bytes/102400"}) {
        tcp::socket client = co_await server.connect();
        co_await send_all(client, request_for("GET " + target));
        co_await settle();
        reset(client);
        co_await settle();
        co_await advance(10s);
    }
    BOOST_TEST(status_of(co_await exchange(server.endpoint(), request_for("GET /get"))) == "200",
               "the one connection that is allowed is free again");
    co_await server.end();
}

// --- Pieces --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_targets_as_people_do) {
    for (const auto& [path, expected] :
         std::vector<std::pair<std::string, std::string>>{{"/caf%c3%a9/%20%41", "/café/%20A"},
                                                          {"/a%2Fb%3fc", "/a/b%3Fc"},
                                                          {"/%25%22", "/%25%22"},
                                                          {"/\"<>", "/%22%3C%3E"},
                                                          {"/%ff", "/\xef\xbf\xbd"},
                                                          {"/%", "/%25"},
                                                          {"", ""}}) {
        BOOST_TEST(iri_of_path(path) == expected);
    }
    for (const auto& [query, expected] :
         std::vector<std::pair<std::string, std::string>>{{"a=%c3%a9&b=%26%41%2f", "a=é&b=%26A%2f"},
                                                          {"a=b+c%2b/?@", "a=b+c+%2F%3F%40"},
                                                          {"a=%ff%c3", "a=%FF%C3"},
                                                          {"a=%", "a=%"},
                                                          {"", ""}}) {
        BOOST_TEST(iri_of_query(query) == expected);
    }
}

BOOST_AUTO_TEST_CASE(knows_what_is_json) {
    for (const std::string text : {"{}", "[1, {\"a\": \"\\u00e9\"}]", "1e400", "\"\xc3\xa9\""}) {
        BOOST_TEST(json_or_null(" \r\n\t" + text + " ") == text);
    }
    for (const std::string& text :
         {""s, " "s, "{"s, "{} {}"s, "{'a': 1}"s, "[1,]"s, "NaN"s, "\"\xff\""s, "\0"s,
          std::string(101, '[') + std::string(101, ']')}) {
        BOOST_TEST(json_or_null(text) == "null", in_quotes(text));
    }
}

BOOST_AUTO_TEST_CASE(makes_utf8_of_any_bytes) {
    BOOST_TEST(replace_malformed("a\xff\xc3\xa9\xe2\x82z") == "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbdz");
    BOOST_TEST(replace_malformed("\xef\xbb\xbf") == "\xef\xbb\xbf", "a mark is kept");
    BOOST_TEST(encode_malformed("a\xff\xc3\xa9\xe2\x82z") == "a%FF\xc3\xa9%E2%82z");
    BOOST_TEST(from_latin1("a\xe9\xff") == "a\xc3\xa9\xc3\xbf");
}

BOOST_AUTO_TEST_CASE(cookies_of_any_bytes_come_back) {
    std::string all;
    for (int c = 0; c < 256; ++c) {
        all += static_cast<char>(c);
    }
    for (const std::string& value : {""s, "plain"s, "a b"s, "\\"s, "\""s, "\\073"s, all}) {
        const auto cookies = split_cookies("a=" + quote_cookie_value(value) + "; b=c");
        BOOST_TEST_REQUIRE(cookies.size() == 2U);
        BOOST_TEST(cookies[0].second == value);
    }
    BOOST_TEST(split_cookies("a=\"\\").at(0).second == "\"\\");
    BOOST_TEST(split_cookies("a=\"\\\"").at(0).second == "\\");
    BOOST_TEST(split_cookies("a=\"\\400\\8\"").at(0).second == "4008");
}

BOOST_AUTO_TEST_SUITE_END()
