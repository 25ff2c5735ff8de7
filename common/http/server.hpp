// The HTTP/1.1 server on which every recipe with a web interface is built: it runs any Application.
// Recipe 11.5 walks through it.
#pragma once

#include <functional>
#include <memory>

#include "common/http/application.hpp"
#include "common/http/limits.hpp"
#include "common/net/stream.hpp"

namespace cookbook::http {

/// Makes the stream of a connection that was just accepted. What it throws ends the connection.
using MakeStream = std::function<asio::awaitable<std::unique_ptr<Stream>>(tcp::socket)>;

/// The socket as it is: HTTP over TCP, without TLS.
asio::awaitable<std::unique_ptr<Stream>> plain_stream(tcp::socket socket);

/// Serves `application` until the caller is cancelled, then drains, as cookbook::serve() does: a
/// connection that waits for another request ends at once, a request at hand is finished.
///
///     co_await http::serve(listen(executor, {.port = 8080}), {}, application);
asio::awaitable<void> serve(tcp::acceptor acceptor, Limits limits, Application application,
                            MakeStream make_stream = plain_stream);

/// Serves one connection until either side ends it. The caller's `total` cancellation, the order to
/// end that serve() gives, lets the request at hand finish. What the arguments refer to must
/// outlive it.
asio::awaitable<void> handle(Stream& stream, const Limits& limits, const Application& application);

}  // namespace cookbook::http
