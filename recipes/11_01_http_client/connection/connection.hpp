// A connection to a server, or through a proxy, that carries one exchange after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "11_01_http_client/message/url.hpp"
#include "11_10_tls/trust.hpp"
#include "common/async/asio.hpp"
#include "common/async/deadline.hpp"
#include "common/net/stream.hpp"

namespace cookbook::http_client {

/// A proxy that speaks HTTP (RFC 9110, 3.7).
struct Proxy {
    Origin origin;  // http
    std::optional<Credentials> credentials = {};
};

/// A Stream and what has been received on it.
class Connection {
public:
    /// `descriptor` is the socket's, below all that runs over it.
    Connection(std::unique_ptr<Stream> stream, int descriptor);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    [[nodiscard]] asio::any_io_executor get_executor() { return stream_->get_executor(); }
    /// Limits what waits, in time; after it has passed the connection is closed.
    [[nodiscard]] Deadline& deadline() noexcept { return deadline_; }
    /// As Stream's: both end with operation_aborted what is under way.
    void cancel(error_code& error) { stream_->cancel(error); }
    void close(error_code& error) { stream_->close(error); }

    /// As Stream's: sends what can be sent without waiting, and sends everything.
    std::size_t write_now(Stream::Buffers buffers, error_code& error);
    asio::awaitable<error_code> write(Stream::Buffers buffers);
    /// How many bytes the connection has taken so far.
    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

    /// What has been received and not consumed.
    [[nodiscard]] std::string_view received() const noexcept {
        return {buffer_.get() + begin_, end_ - begin_};
    }
    void consume(std::size_t size) noexcept { begin_ += size; }
    /// Waits for more; what was received before must be consumed. finish_read() takes what comes of
    /// it, and returns error::eof at the server's orderly end, timed_out if the deadline has
    /// passed.
    ///
    ///     error = connection.finish_read(co_await connection.read_some());
    [[nodiscard]] asio::awaitable<Stream::Transferred> read_some();
    error_code finish_read(Stream::Transferred transferred);

    /// Whether another request may be sent: the server has neither ended the connection nor sent
    /// anything since the last response. A look that does not wait. Whatever is there, data or an
    /// end, was not asked for, and would become the next response.
    [[nodiscard]] bool is_quiet() const noexcept;

private:
    void note_reset(const error_code& error) noexcept;

    std::unique_ptr<Stream> stream_;
    int descriptor_;
    Deadline deadline_;
    std::unique_ptr<char[]> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t written_ = 0;
    bool drained_ = true;  // the last read has brought all that had come
    error_code reset_;     // that a write has met
};

/// How connections are made.
struct ConnectOptions {
    /// For the whole of it: look-up, connecting, CONNECT and TLS.
    asio::steady_timer::duration timeout = 10s;
    std::optional<Proxy> proxy = {};
};

/// Opens a connection for requests to `origin`: directly, or through the proxy, to which those of
/// https say CONNECT. Over TLS the server is verified for the origin's host. Throws
/// std::system_error: "look up HOST: …", "connect HOST:PORT: …", "handshake with HOST: …", "proxy
/// HOST:PORT: …". `trust`, which must outlive the call, may be null for http.
asio::awaitable<std::unique_ptr<Connection>> open_connection(Origin origin, ConnectOptions options,
                                                             const tls::ClientTrust* trust);

}  // namespace cookbook::http_client
