// The HTTP/1.1 server on which every recipe with a web interface stands: it runs any Application.
// Recipe 11.5 walks through it.
#pragma once

#include <cstddef>
#include <span>
#include <tuple>

#include "common/async/asio.hpp"
#include "common/http/message.hpp"
#include "common/net/serve.hpp"

namespace cookbook {

/// What an HTTP server allows its peers. A message that exceeds its limits is answered 408, 413,
/// 414 or 431, and its connection closed.
struct HttpLimits : Limits {
    std::size_t max_target = 8000;    // RFC 9110, 4.1 asks for no less
    std::size_t max_head = 16 << 10;  // request line and fields together
    std::size_t max_fields = 100;
    std::uint64_t max_body = 1 << 20;  // an application may set Request::body_limit instead
    /// For a head, counted from its first byte. A body, or a response to a peer that reads slowly,
    /// has the same and one second more for each `min_rate` bytes that have moved.
    asio::steady_timer::duration message_timeout = 20s;
    std::size_t min_rate = 1 << 10;
};

/// A stream of bytes that HTTP runs over: a TCP socket; with TLS, what stands before the socket.
class HttpStream {
public:
    using Buffers = std::span<const asio::const_buffer>;
    using Transferred = std::tuple<error_code, std::size_t>;

    virtual ~HttpStream() = default;
    virtual asio::any_io_executor get_executor() = 0;
    virtual tcp::endpoint peer() = 0;
    virtual asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) = 0;
    /// Sends what can be sent without waiting.
    virtual std::size_t write_now(Buffers buffers, error_code& error) = 0;
    /// Sends all; the buffers' list need not outlive the call.
    virtual asio::awaitable<Transferred> write(Buffers buffers) = 0;
    /// Says that no more will be sent.
    virtual asio::awaitable<void> shut_down() = 0;
    /// Ends with operation_aborted what waits.
    virtual void cancel(error_code& error) = 0;
};

class TcpStream final : public HttpStream {
public:
    explicit TcpStream(tcp::socket connection);

    asio::any_io_executor get_executor() override { return socket.get_executor(); }
    tcp::endpoint peer() override { return peer_; }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override;
    std::size_t write_now(Buffers buffers, error_code& error) override;
    asio::awaitable<Transferred> write(Buffers buffers) override;
    asio::awaitable<void> shut_down() override;
    void cancel(error_code& error) override { socket.cancel(error); }

    tcp::socket socket;

private:
    tcp::endpoint peer_;
};

/// Serves one connection until either side ends it. The caller's `total` cancellation, serve()'s
/// order to end, lets the request at hand finish.
asio::awaitable<void> handle_http(HttpStream& stream, const HttpLimits& limits,
                                  const Application& application);

/// Serves `application` until the caller is cancelled, then drains, as serve() does.
asio::awaitable<void> serve_http(tcp::acceptor acceptor, HttpLimits limits,
                                 Application application);

}  // namespace cookbook
