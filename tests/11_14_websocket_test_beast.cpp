// 11.14 WebSocket: Beast's websocket::stream as our client, and as our server.
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "11_14_websocket/client_run.hpp"
#include "11_14_websocket_frames.hpp"

using namespace cookbook;
using namespace cookbook::testing;
namespace ws = cookbook::websocket;
namespace beast = boost::beast;

namespace {

using BeastStream = beast::websocket::stream<tcp::socket>;

void allow_compression(BeastStream& stream) {
    beast::websocket::permessage_deflate deflate;
    deflate.client_enable = true;
    deflate.server_enable = true;
    stream.set_option(deflate);
}

const std::vector<std::string>& texts() {
    static const std::vector<std::string> all = {"", "a", std::string(125, 'x'),
                                                 std::string(126, 'y'), std::string(60'000, 'z')};
    return all;
}

asio::awaitable<void> serve_beast(tcp::acceptor& acceptor) {
    BeastStream stream(co_await acceptor.async_accept(asio::use_awaitable));
    allow_compression(stream);
    co_await stream.async_accept(asio::use_awaitable);
    for (;;) {
        beast::flat_buffer buffer;
        const auto [read_error, size] = co_await stream.async_read(buffer, use_nothrow);
        if (read_error) {
            BOOST_TEST((read_error == beast::websocket::error::closed), read_error.message());
            co_return;
        }
        stream.text(stream.got_text());
        co_await stream.async_write(buffer.data(), asio::use_awaitable);
    }
}

asio::awaitable<void> expect_echoes(ws::Connection& peer) {
    for (const std::string& text : texts()) {
        peer.send(Opcode::text, text);
    }
    std::size_t count = 0;
    while (count < texts().size() && co_await peer.wait()) {
        while (const auto message = peer.next()) {
            BOOST_TEST(message->data == texts()[count]);
            ++count;
        }
    }
    BOOST_TEST(count == texts().size(), "Beast sent " << count << " messages back");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_beast)

ASYNC_TEST_CASE(beast_is_our_client) {
    WebSocketServer server(co_await this_coro::executor);
    for (const bool compression : {false, true}) {
        BeastStream stream(co_await server.connect());
        if (compression) {
            allow_compression(stream);
        }
        co_await stream.async_handshake("127.0.0.1", "/echo", asio::use_awaitable);
        for (const std::string& text : texts()) {
            co_await stream.async_write(asio::buffer(text), asio::use_awaitable);
            beast::flat_buffer buffer;
            co_await stream.async_read(buffer, asio::use_awaitable);
            BOOST_TEST(beast::buffers_to_string(buffer.data()) == text);
        }
        co_await stream.async_close(beast::websocket::close_code::normal, asio::use_awaitable);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(beast_is_our_server) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    for (const bool compression : {false, true}) {
        TaskGroup server(co_await this_coro::executor);
        server.spawn(serve_beast(acceptor));
        const HostPort address{.port = acceptor.local_endpoint().port()};
        co_await ws::run_client({.server = address}, {.compression = compression}, {},
                                expect_echoes);
        co_await server.join();
    }
}

BOOST_AUTO_TEST_SUITE_END()
