// What the tests of 11.14 send and receive: frames, as either side makes them, and a peer on a
// socket that speaks the protocol by the book.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_14_websocket/message.hpp"
#include "11_14_websocket/websocket.hpp"
#include "support/http_server.hpp"
#include "support/loopback.hpp"

namespace cookbook::testing {

using websocket::FrameHeader;
using websocket::Mask;
using websocket::MessageReader;
using websocket::Opcode;
using websocket::Role;

inline constexpr Mask a_mask = {0x37, 0xfa, 0x21, 0x3d};

/// What a test chooses of a frame; the bytes are put together by hand.
struct RawFrame {
    unsigned first = 0x81;
    std::string payload = {};
    bool masked = true;
    std::string length = {};  // as on the wire, after the first byte; empty: the shortest form
};

inline std::string raw(const RawFrame& frame) {
    std::string out(1, static_cast<char>(frame.first));
    std::string length = frame.length;
    const std::size_t size = frame.payload.size();
    if (length.empty() && size < 126) {
        length = {static_cast<char>(size)};
    } else if (length.empty() && size < 65536) {
        length = {126, static_cast<char>(size >> 8U), static_cast<char>(size & 0xffU)};
    } else if (length.empty()) {
        length = {127,
                  0,
                  0,
                  0,
                  0,
                  static_cast<char>(size >> 24U),
                  static_cast<char>(size >> 16U),
                  static_cast<char>(size >> 8U),
                  static_cast<char>(size & 0xffU)};
    }
    if (frame.masked) {
        length[0] = static_cast<char>(static_cast<unsigned char>(length[0]) | 0x80U);
    }
    out += length;
    if (frame.masked) {
        out.append(reinterpret_cast<const char*>(a_mask.data()), a_mask.size());
    }
    for (std::size_t i = 0; i < size; ++i) {
        const auto byte = static_cast<unsigned char>(frame.payload[i]);
        out += static_cast<char>(frame.masked ? byte ^ a_mask.at(i % 4) : byte);
    }
    return out;
}

/// A whole text, as a client sends it.
inline std::string text_frame(std::string payload) {
    return raw({.payload = std::move(payload)});
}
inline std::string close_frame(unsigned code, const std::string& reason = {}) {
    return raw(
        {.first = 0x88,
         .payload =
             std::string{static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)} + reason});
}

/// An event as a test compares it: "text hello", "ping x", "close 1000 bye", "violation 1002".
inline std::string to_string(const websocket::Event& event) {
    using websocket::Event;
    const std::string data(event.data);
    switch (event.kind) {
        case Event::Kind::text:
            return "text " + data;
        case Event::Kind::binary:
            return "binary " + data;
        case Event::Kind::ping:
            return "ping " + data;
        case Event::Kind::pong:
            return "pong " + data;
        case Event::Kind::close:
            return "close " + std::to_string(event.code) + (data.empty() ? "" : " " + data);
        case Event::Kind::violation:
            break;
    }
    return "violation " + std::to_string(event.code);
}

/// All events of some bytes, separated by ", ", however the bytes are cut.
inline std::string events_of(std::string bytes, std::size_t piece = std::string::npos,
                             MessageReader reader = MessageReader(Role::server, 65536)) {
    std::string events;
    for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
        std::span<char> left = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
        while (const auto event = reader.next(left)) {
            events += (events.empty() ? "" : ", ") + to_string(*event);
        }
    }
    return events;
}

/// A server of the recipe.
class WebSocketServer : public RunningServer {
public:
    WebSocketServer(const asio::any_io_executor& executor, websocket::ServerOptions options = {},
                    std::string host = "127.0.0.1")
        : RunningServer(executor, {std::move(host), 0}, [&](tcp::acceptor acceptor) {
              return websocket::serve(std::move(acceptor), std::move(options));
          }) {}
};

inline const std::string handshake_fields =
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

inline std::string handshake(const std::string& target, const std::string& more = {},
                             const std::string& host = "127.0.0.1") {
    return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + handshake_fields + more +
           "\r\n";
}

/// A client that has made the handshake, and reads event by event.
class Peer {
public:
    explicit Peer(tcp::socket connected) : socket(std::move(connected)) {}

    /// Sends the handshake, and whatever follows it in the same segment.
    asio::awaitable<void> open(std::string target, std::string more = {}, std::string then = {}) {
        co_await send_all(socket, handshake(target, more) + then);
        while (!response.ends_with("\r\n\r\n")) {
            response += co_await receive(socket, 1);
        }
    }
    asio::awaitable<void> send(std::string frames) { return send_all(socket, std::move(frames)); }

    /// The next event, as to_string() has it; "end" at the end of the stream, "reset" if it breaks
    /// off.
    asio::awaitable<std::string> next() {
        const Waiting waiting("the server's next frame");
        for (;;) {
            if (const auto event = reader_.next(input_)) {
                co_return to_string(*event);
            }
            const auto [error, size] =
                co_await socket.async_read_some(asio::buffer(buffer_), use_nothrow);
            if (error) {
                co_return error == asio::error::eof ? "end" : "reset";
            }
            input_ = std::span(buffer_).first(size);
        }
    }

    tcp::socket socket;
    std::string response;

private:
    std::vector<char> buffer_ = std::vector<char>(65536);
    std::span<char> input_;
    MessageReader reader_{Role::client, std::size_t{64} << 20U, true};
};

/// A server that ends need not wait for them.
template <typename... Peers>
void hang_up(Peers&... peers) {
    (peers.socket.close(), ...);
}

inline asio::awaitable<Peer> open_peer(WebSocketServer& server, std::string target,
                                       std::string more = {}) {
    tcp::socket socket = co_await server.connect();
    Peer peer(std::move(socket));
    co_await peer.open(std::move(target), std::move(more));
    co_return peer;
}

}  // namespace cookbook::testing
