// 11.5 REST interface: the dispatcher, parameters, middleware, and the whole on the wire.
#include <boost/algorithm/string/replace.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/test/unit_test.hpp>
#include <ctime>
#include <string>
#include <vector>

#include "11_05_rest_interface/client.hpp"
#include "11_05_rest_interface/dispatcher.hpp"
#include "11_05_rest_interface/middleware.hpp"
#include "11_05_rest_interface/multipart.hpp"
#include "11_05_rest_interface/parameters.hpp"
#include "11_05_rest_interface/rest_interface.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/http_server.hpp"

using namespace cookbook;
using namespace cookbook::rest_interface;
using namespace cookbook::testing;
using namespace std::string_literals;

namespace {

/// A handler that shows its name and all its parameters: "name a=b c=d".
Handler shows(std::string name) {
    return [name = std::move(name)](http::Request&, const Parameters& parameters) {
        http::Response response(http::status::ok, "text/plain");
        response.data() = name;
        for (const auto& [key, value] : parameters) {
            response.data().append(" ").append(key).append("=").append(value);
        }
        return response;
    };
}

Dispatcher users() {
    Dispatcher dispatcher;
    dispatcher.add(http::verb::get, "/users/{id}", shows("one"));
    dispatcher.add(http::verb::delete_, "/users/{id}", shows("delete"));
    dispatcher.add(http::verb::get, "/users/me", shows("me"));
    dispatcher.add(http::verb::get, "/users", shows("all"));
    dispatcher.add(http::verb::post, "/users", shows("new"));
    dispatcher.add(http::verb::get, "/", shows("root"));
    dispatcher.add(http::verb::get, "/{kind}/{id}/parts", shows("parts"));
    return dispatcher;
}

struct Response {
    unsigned status = 0;
    std::string body;
    std::string fields;
};

/// What the application responds to a request without a body, without any network.
Response call(const http::Application& application, http::verb method, std::string_view path,
              std::string_view query = "", std::vector<http::Field> fields = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.fields = fields;
    const http::Response response = http::respond(application, request).get();
    return {static_cast<unsigned>(response.status), response.data(), response.fields()};
}

void expect_response(http::verb method, std::string_view path, std::string_view expected,
                     std::string_view rule) {
    const std::string body = call(users(), method, path).body;
    BOOST_TEST(body == expected, method << " " << path << " got '" << body << "', not '" << expected
                                        << "': " << rule);
}

Parameters urlencoded(std::string_view text) {
    Parameters parameters;
    add_urlencoded(parameters, text).value();
    return parameters;
}

/// The status with which something is refused; 0 if it is taken.
template <typename T>
unsigned status_of_refusal(const http::Result<T>& result) {
    return result ? 0 : static_cast<unsigned>(result.error().status);
}

unsigned refusal_of_query(std::string_view text) {
    Parameters parameters;
    return status_of_refusal(add_urlencoded(parameters, text));
}

/// The text that a browser shows for some HTML: its character references resolved.
std::string as_shown(std::string html) {
    for (const auto& [reference, character] :
         std::vector<std::pair<std::string, std::string>>{{"lt", "<"},
                                                          {"#60", "<"},
                                                          {"#x3c", "<"},
                                                          {"gt", ">"},
                                                          {"#62", ">"},
                                                          {"#x3e", ">"},
                                                          {"quot", "\""},
                                                          {"#34", "\""},
                                                          {"#x22", "\""},
                                                          {"apos", "'"},
                                                          {"#39", "'"},
                                                          {"#x27", "'"},
                                                          {"#38", "&"},
                                                          {"#x26", "&"},
                                                          {"amp", "&"}}) {
        boost::ireplace_all(html, "&" + reference + ";", character);
    }
    return html;
}

const std::string host = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";

asio::awaitable<std::string> ask(std::string bytes, http::Limits limits = {}) {
    asio::thread_pool pool(1);
    HttpServer server(co_await this_coro::executor, make_dispatcher(pool), limits);
    std::string response = co_await exchange(server.endpoint(), std::move(bytes));
    co_await server.end();
    co_return response;
}

std::string form(std::string_view type, std::string_view body) {
    return "POST /hello" + host + "Content-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_interface)

// --- Dispatching ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(finds_the_handler_of_method_and_path) {
    expect_response(http::verb::get, "/users", "all", "that handler is registered for GET /users");
    expect_response(http::verb::post, "/users", "new",
                    "that handler is registered for POST /users");
    expect_response(http::verb::get, "/", "root", "that handler is registered for /");
    expect_response(http::verb::get, "/users/me", "me",
                    "it was registered by that name, which goes before /users/{id}");
    BOOST_TEST(call(users(), http::verb::get, "/USERS").status == 404U,
               "/USERS was found, but a path is case-sensitive (RFC 3986, 6.2.2.1)");
}

BOOST_AUTO_TEST_CASE(leaves_a_form_to_handlers_that_want_the_body) {
    Dispatcher dispatcher(Forms::left);
    dispatcher.add(http::verb::post, "/", shows("root"));
    const Response response =
        call(dispatcher, http::verb::post, "/", "",
             {{http::field::content_type, "Content-Type", "multipart/form-data"}});
    BOOST_TEST(response.status == 200, "a form without a boundary is the handler's to refuse");
}

BOOST_AUTO_TEST_CASE(takes_parameters_out_of_the_path) {
    expect_response(http::verb::get, "/users/7", "one id=7",
                    "/users/{id} takes any one segment as its parameter id");
    expect_response(http::verb::get, "/users/a%20b", "one id=a b",
                    "a parameter of the path is percent-decoded (RFC 3986, 2.1)");
    expect_response(http::verb::get, "/cars/7/parts", "parts kind=cars id=7",
                    "each placeholder takes one segment");
}

BOOST_AUTO_TEST_CASE(a_placeholder_takes_one_segment_that_is_not_empty) {
    for (const std::string path : {"/users/", "/users/7/8", "/users/7/", "/user", "//parts"}) {
        BOOST_TEST(call(users(), http::verb::get, path).status == 404U,
                   path << " was found, though nothing like it is registered");
    }
}

BOOST_AUTO_TEST_CASE(responds_404_if_nothing_is_registered) {
    for (const auto method : {http::verb::get, http::verb::delete_, http::verb::options}) {
        BOOST_TEST(call(users(), method, "/nothing").status == 404U,
                   method << " /nothing: a path that nobody registered is 404 Not Found, whatever "
                             "the method");
    }
}

BOOST_AUTO_TEST_CASE(responds_405_and_names_what_is_allowed) {
    const Response response = call(users(), http::verb::put, "/users");
    BOOST_TEST(response.status == 405U,
               "a path that is there, with a method that is not, is 405 Method Not Allowed");
    BOOST_TEST(
        response.fields.find("Allow: GET, HEAD, POST, OPTIONS\r\n") != response.fields.npos,
        "405 must name the methods in Allow (RFC 9110, 15.5.6), it said " << response.fields);
    BOOST_TEST(
        response.body.find("GET, HEAD, POST, OPTIONS") != response.body.npos,
        "the body of a 405 tells people which methods are allowed, it said " << response.body);
}

BOOST_AUTO_TEST_CASE(responds_to_options_from_what_is_registered) {
    const Response response = call(users(), http::verb::options, "/users/7");
    BOOST_TEST(response.status == 204U, "OPTIONS of a path that is there is not an error");
    BOOST_TEST(response.fields == "Allow: DELETE, GET, HEAD, OPTIONS\r\n",
               "OPTIONS of a path names its methods in Allow, it said " << response.fields);
    const std::string fields = call(users(), http::verb::options, "*").fields;
    BOOST_TEST(fields == "Allow: DELETE, GET, HEAD, POST, OPTIONS\r\n",
               "OPTIONS * names the methods of all paths in Allow, it said " << fields);
}

BOOST_AUTO_TEST_CASE(responds_to_head_as_to_get) {
    expect_response(http::verb::head, "/users", "all",
                    "HEAD gets the response of GET's handler; the server leaves the body out");
    BOOST_TEST(call(users(), http::verb::unknown, "/users").status == 501U,
               "a method that nobody knows is 501 (RFC 9110, 15.6.2)");
}

BOOST_AUTO_TEST_CASE(refuses_paths_that_hide_something) {
    for (const std::string path :
         {"/users/..", "/users/%2e%2e", "/users/.%2E", "/users/%2e", "/users/a%2fb", "/users/a%00",
          "/users/%", "/users/%4", "/users/%zz", "/../users", "/users/%2e%2e%2fetc%2fpasswd"}) {
        BOOST_TEST(call(users(), http::verb::get, path).status == 400U,
                   path << " decodes to what could lead out of a folder, or to nothing");
    }
}

BOOST_AUTO_TEST_CASE(refuses_to_register_what_is_no_path) {
    Dispatcher dispatcher;
    BOOST_CHECK_THROW(dispatcher.add(http::verb::get, "users", shows("")), std::invalid_argument);
}

// --- Parameters ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(splits_and_decodes_a_query) {
    const Parameters parameters =
        urlencoded("name=Guido&city=Den+Haag&sum=1%2B1%3D2&rest=b=c&empty=&flag&&=x");
    BOOST_TEST(parameters.get("name") == "Guido", "name=Guido is a parameter");
    BOOST_TEST(parameters.get("city") == "Den Haag", "in a form, + is a space");
    BOOST_TEST(parameters.get("sum") == "1+1=2", "%2B is a plus, decoded after splitting");
    BOOST_TEST(parameters.get("rest") == "b=c",
               "the first = ends the name, others are the value's");
    BOOST_TEST(parameters.contains("empty"), "a parameter may be empty");
    BOOST_TEST(parameters.contains("flag"), "a parameter may have no value");
    BOOST_TEST(parameters.get("") == "x");
    BOOST_TEST(!parameters.contains("other"), "what did not come is not there");
    BOOST_TEST(parameters.get("other", "otherwise") == "otherwise");
    BOOST_TEST(!urlencoded("").contains(""));
    const std::string_view head = "a=1&b=2 HTTP/1.1";
    BOOST_TEST(urlencoded(head.substr(0, 7)).get("b") == "2",
               "a query ends where its view ends, and not at a NUL");
}

BOOST_AUTO_TEST_CASE(keeps_parameters_that_come_again) {
    const Parameters parameters = urlencoded("a=1&a=2");
    BOOST_TEST(parameters.get("a") == "1", "the first of several comes first");
    BOOST_TEST(std::distance(parameters.begin(), parameters.end()) == 2);
}

BOOST_AUTO_TEST_CASE(refuses_a_malformed_query) {
    for (const std::string text : {"a=%", "a=%4", "a=%zz", "%00=a", "a=%00"}) {
        BOOST_TEST(refusal_of_query(text) == 400U, text << " was taken");
    }
    std::string many;
    for (int i = 0; i < 1001; ++i) {
        many += "a=b&";
    }
    BOOST_TEST(refusal_of_query(many) == 400U, "the number of parameters has a limit");
}

BOOST_AUTO_TEST_CASE(reads_a_multipart_form) {
    const std::string body =
        "preamble\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n"
        "--x  \r\ncontent-type: text/plain\r\nContent-Disposition: form-data; name=\"f\"; "
        "filename=\"q\\\"x.txt\"\r\n\r\n\r\n--x--\r\nepilogue";
    const std::vector<Part> parts = parse_multipart(body, "x").value();
    BOOST_TEST_REQUIRE(parts.size() == 2U);
    BOOST_TEST(parts[0].name == "a");
    BOOST_TEST(!parts[0].is_file);
    BOOST_TEST(parts[0].content == "1\r\n2");
    BOOST_TEST(parts[0].content_type == "");
    BOOST_TEST(parts[1].name == "f");
    BOOST_TEST(parts[1].is_file);
    BOOST_TEST(parts[1].filename == "q\"x.txt");
    BOOST_TEST(parts[1].content == "");
    BOOST_TEST(parts[1].content_type == "text/plain");
    BOOST_TEST(boundary_of("multipart/form-data; boundary=\"a b\"").value() == "a b");
    BOOST_TEST(parse_multipart("--x--", "x").value().empty());
    const std::string none =
        "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\n--x--";
    BOOST_TEST(parse_multipart(none, "x").value().at(0).is_file,
               "a file that nobody has chosen is a file, too, as browsers send it");
}

BOOST_AUTO_TEST_CASE(refuses_a_malformed_multipart_form) {
    const std::string head = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n";
    for (const std::string& body :
         {""s, "--y--"s, "--x"s, "--x\r\n"s, "--xy\r\n"s, head, head + "\r\n1",
          head + "\r\n1\r\n--x", head + "\r\n1\r\n--x\r\n", head + "\r\n--x--",
          "--x\r\n\r\n1\r\n--x--"s, "--x\r\nno colon\r\n\r\n1\r\n--x--"s}) {
        BOOST_TEST(status_of_refusal(parse_multipart(body, "x")) == 400U, in_quotes(body)
                                                                              << " was taken");
    }
    BOOST_TEST(status_of_refusal(boundary_of("multipart/form-data")) == 400U);
    BOOST_TEST(status_of_refusal(
                   boundary_of("multipart/form-data; boundary=" + std::string(71, 'x'))) == 400U);
}

// --- Resources -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(escapes_what_is_put_into_a_page) {
    for (const std::string text : {"<script>alert('x' & \"y\")</script>", "&lt; &amp;lt; &", ""}) {
        const std::string escaped = escape_html(text);
        BOOST_TEST(escaped.find_first_of("<>\"'") == escaped.npos,
                   text << " became " << escaped
                        << ": a character that opens an element or ends a quote is still there");
        BOOST_TEST(as_shown(escaped) == text, text << " became " << escaped
                                                   << ", which a browser shows as "
                                                   << as_shown(escaped));
    }
    BOOST_TEST(escape_html("Zo\xc3\xab") == "Zo\xc3\xab", "other characters stay as they are");
}

ASYNC_TEST_CASE(greets_by_query_and_by_both_kinds_of_form) {
    const std::string by_query = co_await ask("GET /hello?name=Guido+%26%3C+Co" + host + "\r\n");
    const std::string page(body_of(by_query));
    BOOST_TEST(as_shown(page) == "<html><body><h1>Hello Guido &< Co!</h1></body></html>",
               "GET /hello?name=… greets by name, in HTML, not with " << page);
    BOOST_TEST(page.find("&<") == page.npos, "what a visitor sends is text, not markup: " << page);
    BOOST_TEST(body_of(co_await ask(form("application/x-www-form-urlencoded; charset=utf-8",
                                         "name=Guido+%26%3C+Co"))) == page,
               "a urlencoded form has the same parameters as a query");
    BOOST_TEST(body_of(co_await ask(form("multipart/form-data; boundary=x",
                                         "--x\r\nContent-Disposition: form-data; name=name\r\n\r\n"
                                         "Guido &< Co\r\n--x--"))) == page,
               "a multipart form has the same parameters as a query");
    BOOST_TEST(status_of(co_await ask(form("multipart/form-data; boundary=x", "--x\r\n"))) == "400",
               "a multipart form without an end gets 400");
    BOOST_TEST(
        status_of(co_await ask("POST /hello" + host +
                               "Content-Type: application/x-www-form-urlencoded\r\n\r\n")) == "411",
        "a form whose length is not told gets 411: without it there is no body");
    BOOST_TEST(status_of(co_await ask("POST /hello" + host + "\r\n")) == "200",
               "who sends no form needs no length");
}

ASYNC_TEST_CASE(tells_the_date_as_xml) {
    const std::string response = co_await ask("GET /localtime" + host + "\r\n");
    const std::time_t now = std::time(nullptr);
    const int year = std::localtime(&now)->tm_year + 1900;
    BOOST_TEST(response.find("Content-Type: application/xml\r\n") != response.npos,
               "XML says so in its Content-Type");
    BOOST_TEST(body_of(response).starts_with("<?xml version=\"1.0\"?>\n<time>\n  <year>" +
                                             std::to_string(year) + "</year>\n  <month>"));
    BOOST_TEST(body_of(response).ends_with("</day>\n</time>"));
}

ASYNC_TEST_CASE(makes_a_body_while_it_is_sent_and_reads_one_while_it_comes) {
    const std::string lines = co_await ask("GET /lines/3" + host + "\r\n");
    BOOST_TEST(
        body_of(lines) == "6\r\n0\n1\n2\n\r\n0\r\n\r\n",
        "GET /lines/3 gets chunks, three lines and the end, not " << in_quotes(body_of(lines)));
    BOOST_TEST(status_of(co_await ask("GET /lines/many" + host + "\r\n")) == "400",
               "/lines/{count} wants a number");
    const std::string large(3'000'000, 'x');  // more than a body may have elsewhere
    BOOST_TEST(body_of(co_await ask("POST /length" + host + "Content-Length: 3000000\r\n\r\n" +
                                    large)) == "3000000\n",
               "a route may take larger bodies than others: /length reads all of this one");
    BOOST_TEST(status_of(co_await ask("POST /hello" + host +
                                      "Content-Type: application/x-www-form-urlencoded\r\n"
                                      "Content-Length: 3000000\r\n\r\n" +
                                      large)) == "413",
               "a body beyond the route's limit gets 413");
}

ASYNC_TEST_CASE(counts_a_form_while_it_comes) {
    const std::string large(3'000'000, 'x');
    for (const std::string type :
         {"application/x-www-form-urlencoded", "multipart/form-data; boundary=x"}) {
        BOOST_TEST(
            body_of(co_await ask("POST /length" + host + "Content-Type: " + type +
                                 "\r\nContent-Length: 3000000\r\n\r\n" + large)) == "3000000\n",
            "/length takes a gigabyte: a body of type "
                << type << " was read as a form, whole, before its handler was called");
    }
}

ASYNC_TEST_CASE(a_route_takes_what_the_server_allows_unless_it_says_otherwise) {
    http::Limits limits;
    limits.max_body = 10;
    const std::string type = "application/x-www-form-urlencoded";
    BOOST_TEST(status_of(co_await ask(form(type, "name=Guido"), limits)) == "200");
    BOOST_TEST(status_of(co_await ask(form(type, "name=Guido!"), limits)) == "413",
               "a body beyond the server's limit gets 413");
    BOOST_TEST(body_of(co_await ask("POST /length" + host + "Content-Length: 11\r\n\r\nhello world",
                                    limits)) == "11\n",
               "a route's own limit goes before the server's");
}

ASYNC_TEST_CASE(serves_others_while_a_handler_blocks) {
    asio::thread_pool pool(1);
    HttpServer server(co_await this_coro::executor, make_dispatcher(pool));
    tcp::socket slow = co_await server.connect();
    co_await send_all(slow, "GET /fibonacci/32" + host + "\r\n");
    BOOST_TEST(
        status_of(co_await exchange(server.endpoint(), "GET /hello" + host + "\r\n")) == "200",
        "while a handler blocks its thread of the pool, others are served");
    const Received received = co_await receive_to_end(slow);
    BOOST_TEST(body_of(received.data) == "2178309\n", "the blocking handler responds in the end");
    co_await server.end();
}

// --- Middleware ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lets_pages_of_another_origin_read_the_response) {
    const http::Application application = with_cors(users(), "https://page.example");
    const Response response = call(application, http::verb::get, "/users");
    BOOST_TEST(response.body == "all", "a middleware calls the application that it stands around");
    BOOST_TEST(response.fields.find("Access-Control-Allow-Origin: https://page.example\r\n") !=
                   response.fields.npos,
               "without Access-Control-Allow-Origin a browser keeps the response from the page");
    BOOST_TEST(call(application, http::verb::get, "/nothing").fields.find("Allow-Origin") !=
                   std::string::npos,
               "a page must be able to read an error, too");
    const http::Application failing = [](http::Request&) -> http::ResponseFuture {
        throw http::Error(http::status::conflict, "no");
    };
    const Response failure = call(with_cors(failing, "*"), http::verb::get, "/");
    BOOST_TEST(failure.fields.find("Allow-Origin") != std::string::npos,
               "a page must be able to read what the application has thrown, too");
}

BOOST_AUTO_TEST_CASE(responds_to_a_preflight) {
    const std::vector<http::Field> fields = {{http::field::access_control_request_method,
                                              "Access-Control-http::Request-Method", "DELETE"},
                                             {http::field::access_control_request_headers,
                                              "Access-Control-http::Request-Headers", "X-Key"}};
    const Response response =
        call(with_cors(users(), "*"), http::verb::options, "/users/7", "", fields);
    BOOST_TEST(response.status == 204U, "a preflight gets 204, and needs no handler");
    BOOST_TEST(
        response.fields.find("Access-Control-Allow-Methods: DELETE\r\n") != response.fields.npos,
        "a preflight that asks for a method is told whether it may");
    BOOST_TEST(
        response.fields.find("Access-Control-Allow-Headers: X-Key\r\n") != response.fields.npos,
        "a preflight that asks for a header is told whether it may");
}

ASYNC_TEST_CASE(responds_503_above_the_limit_and_recovers) {
    int begun = 0;
    const http::Application slow = [&begun](http::Request&) -> asio::awaitable<http::Response> {
        ++begun;
        asio::steady_timer timer(co_await this_coro::executor, 60s);
        co_await timer.async_wait(use_awaitable);
        co_return http::Response();
    };
    HttpServer server(co_await this_coro::executor, logged(limited(slow, 1)));
    tcp::socket first = co_await server.connect();
    co_await send_all(first, "GET /" + host + "\r\n");
    co_await until([&] { return begun == 1; }, "the first request to reach the application");
    const std::string refused = co_await exchange(server.endpoint(), "GET /" + host + "\r\n");
    BOOST_TEST(status_of(refused) == "503", "a request beyond the limit gets 503 at once");
    BOOST_TEST(refused.find("Retry-After: 1\r\n") != refused.npos,
               "a 503 says when to come again (RFC 9110, 10.2.3)");
    co_await advance(61s);
    const Received waited = co_await receive_to_end(first);
    BOOST_TEST(status_of(waited.data) == "200", "the request within the limit gets its response");
    tcp::socket second = co_await server.connect();
    co_await send_all(second, "GET /" + host + "\r\n");
    co_await until([&] { return begun == 2; }, "the second request to reach the application");
    co_await advance(61s);
    const Received admitted = co_await receive_to_end(second);
    BOOST_TEST(status_of(admitted.data) == "200", "a place that has become free is given again");
    co_await server.end();
}

// --- The client and the server as a whole --------------------------------------------------------

ASYNC_TEST_CASE(the_client_gets_both_resources) {
    for (const std::string address : {"127.0.0.1", "::1"}) {
        asio::thread_pool pool(1);
        HttpServer server(co_await this_coro::executor, make_dispatcher(pool), {}, address);
        const HostPort where{address, server.endpoint().port()};
        BOOST_TEST(co_await fetch(where, hello_target("Zo\xc3\xab <&+%>")) ==
                   "<html><body><h1>Hello Zo\xc3\xab &lt;&amp;+%&gt;!</h1></body></html>");
        const std::string date = co_await fetch(where, "/localtime");
        BOOST_TEST(date.find("<year>") != date.npos, "the client prints the date that came");
        BOOST_CHECK_EXCEPTION(co_await fetch(where, "/nothing"), std::runtime_error,
                              [](const auto& error) {
                                  return error.what() == std::string("GET /nothing: 404 Not Found");
                              });
        co_await server.end();
    }
}

ASYNC_TEST_CASE(the_client_gives_up_on_a_silent_server) {
    tcp::acceptor silent = listen_v4(co_await this_coro::executor);
    BOOST_CHECK_THROW(co_await fetch({"127.0.0.1", silent.local_endpoint().port()}, "/hello", 50ms),
                      std::runtime_error);
}

ASYNC_TEST_CASE(survives_garbage_and_peers_that_vanish) {
    asio::thread_pool pool(1);
    HttpServer server(co_await this_coro::executor, make_dispatcher(pool),
                      {{.max_connections = 2}});
    for (const std::string& bytes : {std::string(100'000, '\0'), "\r\n\r\n\r\n"s, "GET / HTTP/1.1"s,
                                     "POST /length" + host + "Content-Length: 5\r\n\r\nabc",
                                     "GET /lines/1000000" + host + "\r\n"}) {
        tcp::socket client = co_await server.connect();
        error_code gone;  // the server may close before all is sent
        co_await asio::async_write(client, asio::buffer(bytes),
                                   asio::redirect_error(use_awaitable, gone));
        co_await settle();
        reset(client);
    }
    BOOST_TEST(status_of(co_await exchange(server.endpoint(), "GET /hello" + host + "\r\n")) ==
               "200");
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
