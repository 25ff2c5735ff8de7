// 11.14 WebSocket
//
// Problem:  a page and its server, or two programs, want to send each other messages at any time,
//           over the port and through the proxies that HTTP has already.
// Solution: an upgrade of HTTP, after which both send frames. What the frames mean is a codec that
//           does no I/O; a connection runs it over any Stream, and a chat room runs on connections.
//
// Start with message.cpp, the codec: frames in, messages, pings and the Close out. Then read
// connection.cpp and sender.cpp, which answer all that one receive has brought with one send.
// frame.cpp is one frame's bytes, handshake.cpp the upgrade, queue.cpp what a slow peer may cost.
// room.cpp and chat.cpp are the chat.
#pragma once

#include <string>
#include <vector>

#include "chat.hpp"
#include "common/async/asio.hpp"
#include "common/http/server.hpp"
#include "connection.hpp"
#include "handshake.hpp"

namespace cookbook::websocket {

struct ServerOptions {
    http::Limits limits = {};  // its idle_timeout is the connections', too
    Options connection = {};
    ChatLimits chat = {};
    OriginPolicy origins = {};
};

/// A web application:
///
///     GET /                                the page
///     GET /chat?room=R&name=N[&since=ID]   a WebSocket: the chat
///     GET /echo                            a WebSocket: sends every message back
///
/// `options` must outlive it.
[[nodiscard]] http::Application make_application(const ServerOptions& options);

/// Serves it as http::serve() does. The order to end closes every WebSocket with 1001.
asio::awaitable<void> serve(tcp::acceptor acceptor, ServerOptions options,
                            http::MakeStream make_stream = http::plain_stream);

}  // namespace cookbook::websocket
