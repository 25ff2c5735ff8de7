// 11.14 WebSocket: the clients, against our server and against servers that are wrong.
#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "11_10_tls_server.hpp"
#include "11_14_websocket/client.hpp"
#include "11_14_websocket/connect.hpp"
#include "11_14_websocket_frames.hpp"
#include "support/clock.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::testing;
namespace ws = cookbook::websocket;

namespace {

/// A pipe from which a client reads what a test has written.
class Input {
public:
    explicit Input(std::string_view text) {
        BOOST_REQUIRE(::pipe(ends_) == 0);
        BOOST_REQUIRE(::write(ends_[1], text.data(), text.size()) ==
                      static_cast<ssize_t>(text.size()));
        ::close(ends_[1]);
    }
    ~Input() { ::close(ends_[0]); }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    [[nodiscard]] int descriptor() const { return ends_[0]; }

private:
    int ends_[2] = {-1, -1};
};

std::string url_of(const tcp::endpoint& server, const std::string& path) {
    return "ws://" + cookbook::to_string(server) + path;
}

/// What `connect` prints; if it throws, "! " and why.
asio::awaitable<std::string> connected(ws::ConnectSettings settings, std::string text) {
    const Input input(text);
    const Output output;
    try {
        co_await ws::talk_to(std::move(settings), input.descriptor(), output.file());
    } catch (const std::exception& failure) {
        co_return output.text() + "! " + failure.what();
    }
    co_return output.text();
}

/// The same, for a group.
asio::awaitable<void> connect_into(ws::ConnectSettings settings, std::string& output) {
    output = co_await connected(std::move(settings), "");
}

/// Accepts one connection, takes the request, and sends a response that is made of its key.
asio::awaitable<tcp::socket> respond(tcp::acceptor& acceptor, std::string response) {
    tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
    std::string request;
    while (!request.ends_with("\r\n\r\n")) {
        request += co_await receive(peer, 1);
    }
    const std::string name = "Sec-WebSocket-Key: ";
    const std::string key = request.substr(request.find(name) + name.size(), 24);
    if (const std::size_t at = response.find("KEY"); at != response.npos) {
        response.replace(at, 3, ws::accept_key(key));
    }
    co_await send_all(peer, response);
    co_return peer;
}

/// Responds, sends what comes `then`, and nothing more.
asio::awaitable<void> respond_once(tcp::acceptor& acceptor, std::string response,
                                   std::string then) {
    tcp::socket peer = co_await respond(acceptor, std::move(response));
    co_await send_all(peer, then);
    peer.shutdown(tcp::socket::shutdown_send);
    co_await receive_to_end(peer);
}

/// What `connect` says to a server that responds like this.
asio::awaitable<std::string> connected_to(std::string response, std::string then = {}) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const std::string url = url_of(acceptor.local_endpoint(), "/");
    TaskGroup server(co_await this_coro::executor);
    server.spawn(respond_once(acceptor, std::move(response), std::move(then)));
    const std::string output = co_await connected({.url = url}, "");
    co_await server.join();
    co_return output;
}

const std::string good_response =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: KEY\r\n\r\n";

std::string server_frame(unsigned first, std::string payload) {
    return raw({.first = first, .payload = std::move(payload), .masked = false});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_client)

BOOST_AUTO_TEST_CASE(parses_urls) {
    const ws::Target target = ws::parse_target("WSS://Example.com/a?b=c");
    BOOST_TEST(target.is_tls);
    BOOST_TEST(target.server.host == "example.com");
    BOOST_TEST(target.server.port == 443);
    BOOST_TEST(target.path == "/a?b=c");
    BOOST_TEST(ws::parse_target("ws://[::1]:8080").server.host == "::1");
    for (const std::string bad : {"http://h/", "h", "", "ws://", "ws://user@h/", "ws://h/#x",
                                  "ws://h:99999/", "ws://h /"}) {
        BOOST_CHECK_THROW(static_cast<void>(ws::parse_target(bad)), std::invalid_argument);
    }
}

ASYNC_TEST_CASE(lines_go_out_and_messages_come_back) {
    WebSocketServer server(co_await this_coro::executor);
    const std::string lines = "one\n\ntwo " + std::string(3000, 'x') + "\nκόσμε";
    const std::string output =
        co_await connected({.url = url_of(server.endpoint(), "/echo")}, lines);
    BOOST_TEST(output == lines + "\n", "an echo of each line, an empty one too");
    co_await server.end();
}

ASYNC_TEST_CASE(more_goes_out_than_all_queues_hold) {
    WebSocketServer server(co_await this_coro::executor);
    std::string lines;
    for (int i = 0; i < 60; ++i) {
        lines += std::string(1000, static_cast<char>('a' + i % 26)) + "\n";
    }
    ws::ConnectSettings settings{.url = url_of(server.endpoint(), "/echo")};
    settings.connection.max_queue = 3000;
    BOOST_TEST(co_await connected(settings, lines) == lines);
    co_await server.end();
}

ASYNC_TEST_CASE(says_why_it_was_refused) {
    WebSocketServer server(co_await this_coro::executor);
    ws::ConnectSettings foreign{.url = url_of(server.endpoint(), "/echo")};
    foreign.opening.origin = "http://evil.example";
    BOOST_TEST(co_await connected(foreign, "") ==
               "! the server refused the handshake: 403 Forbidden");
    BOOST_TEST(co_await connected({.url = url_of(server.endpoint(), "/chat?room=a&name=+b")}, "") ==
               "! closed 4400: names have 1 to 32 characters that can be seen");
    co_await server.end();
}

ASYNC_TEST_CASE(finds_out_a_server_that_is_wrong) {
    BOOST_TEST(co_await connected_to(good_response, server_frame(0x82, "\x01\xff") +
                                                        server_frame(0x88, "\x03\xe8")) == "01ff\n",
               "binary in hex; 1000 is a good end");
    BOOST_TEST(co_await connected_to(good_response, server_frame(0x88, "")) == "",
               "a Close without a code is a good end");
    BOOST_TEST(co_await connected_to(good_response, server_frame(0x81, "x")) ==
               "x\n! the server left without a Close");
    BOOST_TEST((co_await connected_to(good_response, raw({.payload = "x"})))
                   .starts_with("! closed 1002: "),
               "a server must not mask");
    BOOST_TEST((co_await connected_to(good_response, server_frame(0x81, "\xff")))
                   .starts_with("! closed 1007: "));
    const std::string wrong =
        "! the server does not speak WebSocket: its Sec-WebSocket-Accept is wrong";
    std::string response = good_response;
    BOOST_TEST(co_await connected_to(response.replace(response.find("KEY"), 3, "x")) == wrong);
    response = good_response;
    BOOST_TEST(co_await connected_to(response.erase(response.find("Sec-"), 27)) == wrong);
    const std::string no_upgrade =
        "! the server does not speak WebSocket: its Upgrade or Connection is wrong";
    response = good_response;
    BOOST_TEST(co_await connected_to(response.erase(response.find("Connection"), 21)) ==
               no_upgrade);
    response = good_response;
    BOOST_TEST(co_await connected_to(response.replace(response.find("websocket"), 9, "h2c")) ==
               no_upgrade);
    response = good_response;
    response.insert(response.find("Sec-"), "Sec-WebSocket-Extensions: x\r\n");
    BOOST_TEST(co_await connected_to(response) ==
               "! the server has agreed to an extension that was not offered");
    BOOST_TEST(co_await connected_to("HTTP/1.1 500 Oh No\r\nContent-Length: 0\r\n\r\n") ==
               "! the server refused the handshake: 500 Oh No");
    BOOST_TEST(co_await connected_to("") == "! the server left without a response");
    BOOST_TEST((co_await connected_to("SSH-2.0\r\n\r\n"))
                   .starts_with("! the server's response is not HTTP"));
}

ASYNC_TEST_CASE(says_that_it_has_given_a_silent_server_up) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    TaskGroup client(co_await this_coro::executor);
    std::string output;
    client.spawn(
        connect_into({.url = url_of(acceptor.local_endpoint(), "/"), .echo = true}, output));
    const tcp::socket peer = co_await respond(acceptor, good_response);
    co_await settle();
    co_await advance(21s);  // after 20 s it asks
    co_await advance(40s);
    co_await client.join();
    BOOST_TEST(output == "! gave up: nothing has come for too long",
               "the server is still connected");
}

ASYNC_TEST_CASE(sends_back_what_comes) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    TaskGroup server(co_await this_coro::executor);
    server.spawn(respond_once(acceptor, good_response,
                              server_frame(0x81, "hello") + server_frame(0x88, "\x03\xe8")));
    BOOST_TEST(co_await connected({.url = url_of(acceptor.local_endpoint(), "/"), .echo = true},
                                  "not sent\n") == "");
    co_await server.join();
}

ASYNC_TEST_CASE(a_client_takes_part_in_the_chat) {
    WebSocketServer server(co_await this_coro::executor);
    Peer ann = co_await open_peer(server, "/chat?room=lobby&name=ann");
    const Input input("hello\n\nworld\n");
    const Output output;
    co_await ws::take_part({.server = server.address(), .name = "bob"}, input.descriptor(),
                           output.file());
    BOOST_TEST(output.text() == "* in lobby: ann, bob\nbob: hello\nbob: world\n");
    const Input nothing("");
    const Output json;
    co_await ws::take_part({.server = server.address(), .name = "b c", .room = "d&e", .json = true},
                           nothing.descriptor(), json.file());
    BOOST_TEST(
        json.text() ==
        R"({"event":"welcome","room":"d&e","name":"b c","people":["b c"],"history":[],"missed":false})"
        "\n");
    hang_up(ann);
    co_await server.end();
}

ASYNC_TEST_CASE(over_tls) {
    const Certificates certificates;
    const tls::ServerCredentials credentials(certificates.server());
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return ws::serve(std::move(acceptor), {.origins = {.is_tls = true}},
                         tls::over_tls(credentials));
    });
    ws::ConnectSettings settings{
        .url = "wss://localhost:" + std::to_string(server.endpoint().port()) + "/echo"};
    settings.opening.tls = certificates.client();
    settings.opening.origin =
        settings.url.substr(0, settings.url.rfind('/')).replace(0, 3, "https");
    const std::string line(20'000, 'x');
    BOOST_TEST(co_await connected(settings, "a\n" + line + "\n") == "a\n" + line + "\n");
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
