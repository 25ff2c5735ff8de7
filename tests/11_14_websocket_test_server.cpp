// 11.14 WebSocket: the server on the wire: the handshake, the echo, pings, limits, the end.
#include <boost/asio/socket_base.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "11_14_websocket_frames.hpp"
#include "support/allocations.hpp"
#include "support/clock.hpp"

using namespace cookbook;
using namespace cookbook::testing;
namespace ws = cookbook::websocket;

namespace {

/// The whole response to a request for /echo, or as much as comes before the server has nothing
/// more to say: the connection is half-closed.
asio::awaitable<std::string> response_to(std::string request, ws::ServerOptions options = {}) {
    WebSocketServer server(co_await this_coro::executor, std::move(options));
    std::string response = co_await exchange(server.endpoint(), std::move(request));
    co_await server.end();
    co_return response;
}

asio::awaitable<void> expect_status(std::string request, std::string status, std::string rule) {
    const std::string response = co_await response_to(request);
    BOOST_TEST(status_of(response) == status, in_quotes(request)
                                                  << " got " << status_of(response) << ", not "
                                                  << status << ": " << rule);
}

std::string without(std::string text, const std::string& piece) {
    text.erase(text.find(piece), piece.size());
    return text;
}

std::string replaced(std::string text, const std::string& piece, const std::string& other) {
    return text.replace(text.find(piece), piece.size(), other);
}

/// Reads until the server says Close, which is returned.
asio::awaitable<std::string> close_of(Peer& peer) {
    std::string event;
    do {
        event = co_await peer.next();
    } while (!event.starts_with("close") && event != "end" && event != "reset");
    co_return event;
}

asio::awaitable<void> fail(ws::Connection& peer) {
    co_await peer.wait();
    throw std::runtime_error("a bug");
}

asio::awaitable<void> converse_and_fail(Stream& stream) {
    const ws::Options options;
    ws::Connection peer(stream, options, {.unsent = "HTTP/1.1 101 Go on\r\n\r\n"},
                        ws::WhenFull::wait);
    co_await ws::converse(peer, fail(peer));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_server)

ASYNC_TEST_CASE(takes_a_handshake_and_echoes) {
    WebSocketServer server(co_await this_coro::executor);
    Peer peer(co_await server.connect());
    co_await peer.open("/echo", "", text_frame("in the same segment"));
    BOOST_TEST(peer.response ==
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    BOOST_TEST(co_await peer.next() == "text in the same segment");
    co_await peer.send(raw({.first = 0x82, .payload = std::string(60'000, 'b')}));
    BOOST_TEST(co_await peer.next() == "binary " + std::string(60'000, 'b'));
    co_await peer.send(text_frame("") + raw({.first = 0x01, .payload = "a"}) +
                       raw({.first = 0x89, .payload = "?"}) + raw({.first = 0x80, .payload = "b"}));
    std::string events;
    for (int i = 0; i < 3; ++i) {
        events += co_await peer.next() + ";";
    }
    BOOST_TEST(events == "pong ?;text ;text ab;", "a pong goes before messages");
    co_await peer.send(text_frame("last") + close_frame(1000, "bye") + text_frame("too late"));
    BOOST_TEST(co_await peer.next() == "text last");
    BOOST_TEST(co_await peer.next() == "close 1000 bye");
    BOOST_TEST(co_await peer.next() == "end", "the server ends TCP first");
    hang_up(peer);
    co_await server.end();
}

ASYNC_TEST_CASE(over_ipv6) {
    WebSocketServer server(co_await this_coro::executor, {}, "::1");
    Peer peer = co_await open_peer(server, "/echo");
    co_await peer.send(text_frame("hello"));
    BOOST_TEST(co_await peer.next() == "text hello");
    hang_up(peer);
    co_await server.end();
}

ASYNC_TEST_CASE(refuses_what_is_no_handshake) {
    const std::string good = handshake("/echo");
    co_await expect_status("GET /echo HTTP/1.1\r\nHost: h\r\n\r\n", "426", "it wants an upgrade");
    co_await expect_status("GET /chat?name=a&room=b HTTP/1.1\r\nHost: h\r\n\r\n", "426",
                           "it wants an upgrade");
    co_await expect_status(without(good, "Upgrade: websocket\r\n"), "426", "no Upgrade");
    co_await expect_status(without(good, "Connection: Upgrade\r\n"), "426", "no Connection");
    co_await expect_status(replaced(good, "HTTP/1.1", "HTTP/1.0"), "426",
                           "HTTP/1.0 has no upgrade");
    co_await expect_status(replaced(good, "Version: 13", "Version: 8"), "426", "another version");
    co_await expect_status(without(good, "Sec-WebSocket-Version: 13\r\n"), "426", "no version");
    co_await expect_status(without(good, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), "400",
                           "no key");
    co_await expect_status(replaced(good, "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ="),
                           "400", "a key has 24 characters");
    co_await expect_status(replaced(good, "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQaa"),
                           "400", "a key is 16 bytes");
    co_await expect_status(handshake("/echo", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                           "400", "one key");
    co_await expect_status(replaced(good, "/echo", "/nowhere"), "404", "there is nothing");
    co_await expect_status(replaced(good, "GET", "POST"), "405", "a handshake is a GET");
    const std::string response = co_await response_to(without(good, "Upgrade: websocket\r\n"));
    BOOST_TEST(response.find("Upgrade: websocket\r\n") != response.npos,
               "426 says to what (RFC 9110, 15.5.22)");
    BOOST_TEST(response.find("Connection: Upgrade\r\n") != response.npos,
               "who sends Upgrade says so in Connection (RFC 9110, 7.8)");
    BOOST_TEST(response.find("Sec-WebSocket-Version: 13\r\n") != response.npos,
               "426 says which version (RFC 6455, 4.4)");
}

ASYNC_TEST_CASE(takes_lists_without_regard_to_case) {
    co_await expect_status(
        replaced(
            replaced(handshake("/echo"), "Connection: Upgrade", "Connection: keep-alive, upGRADE"),
            "Upgrade: websocket", "Upgrade: h2c , WebSocket"),
        "101", "Upgrade and Connection are lists of words without upper and lower case");
}

ASYNC_TEST_CASE(lets_in_who_may_come_in) {
    co_await expect_status(handshake("/echo", "Origin: http://evil.example\r\n"), "403",
                           "a page of others");
    co_await expect_status(handshake("/echo", "Origin: http://127.0.0.1\r\n"), "101",
                           "our own page");
    co_await expect_status(handshake("/echo", "Origin: null\r\n"), "403", "a page of nobody");
    co_await expect_status(
        handshake("/echo", "Origin: http://evil.example\r\n", "evil.example"), "403",
        "a page whose name was rebound to our address has an Origin that is equal to its Host");
    co_await expect_status(handshake("/echo", "", "any.example"), "101", "programs send no Origin");
    ws::ServerOptions options;
    options.origins.also = {"https://chat.example"};
    const std::string response = co_await response_to(
        handshake("/echo", "Origin: https://chat.example\r\n", "chat.example"), options);
    BOOST_TEST(status_of(response) == "101", "the policy names this origin");
}

ASYNC_TEST_CASE(agrees_to_compression_unless_told_not_to) {
    const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    WebSocketServer server(co_await this_coro::executor);
    Peer peer = co_await open_peer(server, "/echo", offer);
    BOOST_TEST(peer.response.find("Sec-WebSocket-Extensions: permessage-deflate; "
                                  "server_no_context_takeover; client_no_context_takeover\r\n") !=
               peer.response.npos);
    const std::string text(1000, 'x');
    co_await peer.send(raw({.first = 0xc1, .payload = std::string(ws::deflate(text))}) +
                       text_frame("short"));
    BOOST_TEST(co_await peer.next() == "text " + text);
    BOOST_TEST(co_await peer.next() == "text short");
    hang_up(peer);
    co_await server.end();
    ws::ServerOptions options;
    options.connection.compression = false;
    const std::string response = co_await response_to(handshake("/echo", offer), options);
    BOOST_TEST(response.find("Extensions") == response.npos);
}

ASYNC_TEST_CASE(tells_of_a_violation_and_hangs_up) {
    struct Violation {
        std::string frames;
        std::string close;
    };
    const std::vector<Violation> violations = {
        {raw({.payload = "x", .masked = false}), "close 1002"},
        {raw({.first = 0x83}), "close 1002"},
        {raw({.payload = "\xff"}), "close 1007"},
        {raw({.payload = std::string(65537, 'x')}), "close 1009"},
        {bytes({0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}),
         "close 1009"}};
    WebSocketServer server(co_await this_coro::executor);
    for (const auto& [frames, close] : violations) {
        Peer peer = co_await open_peer(server, "/echo");
        co_await peer.send(text_frame("before") + frames + text_frame("after"));
        BOOST_TEST(co_await peer.next() == "text before", "what stood before it is answered");
        const std::string event = co_await peer.next();
        BOOST_TEST(event.starts_with(close), event << " came, not " << close);
        BOOST_TEST(co_await peer.next() == "end");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(asks_a_silent_peer_and_gives_it_up) {
    WebSocketServer server(co_await this_coro::executor);
    Peer peer = co_await open_peer(server, "/echo");
    co_await advance(10s);
    co_await peer.send(text_frame("still there"));
    BOOST_TEST(co_await peer.next() == "text still there");
    co_await settle();
    co_await advance(21s);
    BOOST_TEST(co_await peer.next() == "ping ", "after 20 s of silence a ping");
    co_await peer.send(raw({.first = 0x8a}));
    co_await settle();
    co_await advance(21s);
    BOOST_TEST(co_await peer.next() == "ping ", "a pong is a sign of life");
    co_await advance(40s);
    BOOST_TEST((co_await close_of(peer)).starts_with("close 1001"), "60 s without a byte");
    BOOST_TEST(co_await peer.next() == "end");
    hang_up(peer);
    co_await server.end();
}

ASYNC_TEST_CASE(asks_well_before_it_gives_a_peer_up) {
    cookbook::websocket::ServerOptions options;
    options.limits.idle_timeout = 10s;
    WebSocketServer server(co_await this_coro::executor, std::move(options));
    Peer peer = co_await open_peer(server, "/echo");
    for (int i = 0; i < 4; ++i) {
        co_await settle();
        co_await advance(6s);
        BOOST_TEST(co_await peer.next() == "ping ", "half of 10 s have passed, though not 20 s");
        co_await peer.send(raw({.first = 0x8a}));
    }
    co_await peer.send(text_frame("still there"));
    BOOST_TEST(co_await peer.next() == "text still there");
    hang_up(peer);
    co_await server.end();
}

ASYNC_TEST_CASE(says_goodbye_at_its_end) {
    WebSocketServer server(co_await this_coro::executor);
    Peer polite = co_await open_peer(server, "/echo");
    Peer silent = co_await open_peer(server, "/echo");
    co_await polite.send(text_frame("x"));
    BOOST_TEST(co_await polite.next() == "text x");
    server.stop();
    BOOST_TEST((co_await polite.next()).starts_with("close 1001"),
               "the order to stop comes at once, not after all of the drain timeout");
    co_await polite.send(close_frame(1001));
    BOOST_TEST(co_await polite.next() == "end");
    BOOST_TEST((co_await silent.next()).starts_with("close 1001"));
    co_await settle();
    co_await advance(6s);
    co_await server.join();
    BOOST_TEST(co_await silent.next() != "text x", "whoever does not answer a Close is cut");
}

ASYNC_TEST_CASE(a_failure_of_ours_is_1011) {
    HttpServer server(co_await this_coro::executor, [](http::Request&) {
        http::Response response(http::status::switching_protocols);
        response.body = http::Upgrade(converse_and_fail);
        return response;
    });
    Peer peer(co_await server.connect());
    co_await peer.open("/", "", text_frame("x"));
    BOOST_TEST(co_await peer.next() == "close 1011 internal error",
               "the peer is told whose fault it was, and no more");
    co_await peer.send(close_frame(1011));
    BOOST_TEST(co_await peer.next() == "end");
    hang_up(peer);
    co_await server.end();
}

ASYNC_TEST_CASE(survives_a_peer_that_vanishes) {
    WebSocketServer server(co_await this_coro::executor);
    for (int i = 0; i < 3; ++i) {
        Peer peer = co_await open_peer(server, "/echo");
        co_await peer.send(text_frame("x") + raw({.payload = "a part"}).substr(0, 8));
        reset(peer.socket);
    }
    Peer peer = co_await open_peer(server, "/echo");
    co_await peer.send(text_frame("still there?"));
    BOOST_TEST(co_await peer.next() == "text still there?");
    hang_up(peer);
    co_await server.end();
}

ASYNC_TEST_CASE(reads_no_more_from_a_peer_that_takes_nothing) {
    WebSocketServer server(co_await this_coro::executor);
    Peer peer = co_await open_peer(server, "/echo");
    peer.socket.non_blocking(true);
    const std::string frame = raw({.first = 0x82, .payload = std::string(60'000, 'x')});
    std::string unsent;
    std::size_t frames = 0;
    for (error_code full; !full;) {  // until nobody takes anything any more
        if (unsent.empty()) {
            unsent = frame;
            ++frames;
        }
        unsent.erase(0, peer.socket.write_some(asio::buffer(unsent), full));
        if (full == asio::error::would_block) {
            co_await settle(std::chrono::milliseconds(50));
            full = {};
            const std::size_t more = peer.socket.write_some(asio::buffer(unsent), full);
            unsent.erase(0, more);
        }
    }
    BOOST_TEST(frames > 2U);
    BOOST_TEST(frames < 2000U, "the server has taken " << frames * 60 << " KB, and sent nothing");
    for (std::size_t i = 0; i + 1 < frames; ++i) {
        if (!unsent.empty()) {
            error_code full;
            unsent.erase(0, peer.socket.write_some(asio::buffer(unsent), full));
        }
        const std::string event = co_await peer.next();
        if (event.size() != 60'007) {
            BOOST_TEST_REQUIRE(event.size() == 60'007U, "echo " << i << " is not whole");
        }
    }
    hang_up(peer);
    co_await server.end();
}

ASYNC_TEST_CASE(serves_its_page_with_a_policy) {
    const std::string response =
        co_await response_to("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    BOOST_TEST(status_of(response) == "200");
    BOOST_TEST(response.find("Content-Security-Policy: default-src 'none'; connect-src 'self'; "
                             "script-src 'sha256-") != response.npos);
    for (const std::string id :
         {"name", "room", "join", "people", "status", "log", "text", "say"}) {
        BOOST_TEST(response.find("id=\"" + id + "\"") != response.npos, "the page has no #" << id);
    }
    BOOST_TEST(response.find("innerHTML") == response.npos);
}

BOOST_AUTO_TEST_SUITE_END()
