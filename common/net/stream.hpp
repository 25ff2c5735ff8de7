// A connected stream of bytes: TCP, a UNIX socket or, with 11.10, TLS. Protocols run over it and
// need not know which.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <span>
#include <tuple>
#include <utility>

#include "common/async/asio.hpp"
#include "common/net/endpoint.hpp"

namespace cookbook {

/// A connection. It belongs to one thread or strand; at most one read and one write are under way
/// at a time. The destructor closes it.
class Stream {
public:
    using Buffers = std::span<const asio::const_buffer>;
    using Transferred = std::tuple<error_code, std::size_t>;

    virtual ~Stream() = default;

    virtual asio::any_io_executor get_executor() = 0;
    /// The address of the other end; the unspecified one, port 0, on a UNIX socket, and if the peer
    /// had reset the connection before it was accepted.
    [[nodiscard]] virtual tcp::endpoint peer() const = 0;

    /// Waits until something has come and returns how much; error::eof at the peer's orderly end,
    /// another error if the stream breaks off (TLS without a close_notify). A `total` cancellation
    /// ends the wait, too, and nothing is lost.
    virtual asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) = 0;
    /// Whether the peer has ended the stream, perhaps after bytes that have not been read; false if
    /// that cannot be told.
    [[nodiscard]] virtual bool has_ended() { return false; }
    /// Sends what can be sent without waiting, perhaps nothing; `error` is would_block then. The
    /// next write begins with the bytes that were not sent: TLS may have encrypted them already.
    virtual std::size_t write_now(Buffers buffers, error_code& error) = 0;
    /// Sends everything. The list of buffers and the bytes must live until then.
    virtual asio::awaitable<Transferred> write(Buffers buffers) = 0;

    /// Ends our half in an orderly way: a FIN, before which TLS sends its close_notify. Reading
    /// goes on. May wait for the peer to take what it sends, but not for its end.
    virtual asio::awaitable<void> shut_down() = 0;
    /// Ends with operation_aborted what is under way; the stream stays open.
    virtual void cancel(error_code& error) = 0;
    /// Closes the connection. What is under way ends with operation_aborted.
    virtual void close(error_code& error) = 0;
};

/// A socket as a Stream: of TCP, with TCP_NODELAY set, or a UNIX socket.
class SocketStream final : public Stream {
public:
    /// Takes a connected socket and makes it non-blocking.
    explicit SocketStream(StreamSocket socket);

    asio::any_io_executor get_executor() override { return socket_.get_executor(); }
    [[nodiscard]] tcp::endpoint peer() const override { return peer_; }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override;
    [[nodiscard]] bool has_ended() override;
    std::size_t write_now(Buffers buffers, error_code& error) override;
    asio::awaitable<Transferred> write(Buffers buffers) override;
    asio::awaitable<void> shut_down() override;
    void cancel(error_code& error) override { socket_.cancel(error); }
    void close(error_code& error) override { socket_.close(error); }

    /// Gives the socket up, and with it this object's use.
    StreamSocket release() { return std::move(socket_); }

private:
    StreamSocket socket_;
    tcp::endpoint peer_;
};

/// Sends everything; what the stream takes at once costs no wait. Returns why it could not. The
/// bytes must live until then.
asio::awaitable<error_code> write_all(Stream& stream, asio::const_buffer data);

/// Ends the connection so that the peer gets all that was sent: ends our half, then discards what
/// still comes, until the peer's end. Closed with bytes unread, a connection is reset, and what the
/// peer has not read yet is lost with it (RFC 9112, 9.6). After `limit` the stream is closed.
asio::awaitable<void> lingering_close(Stream& stream, asio::steady_timer::duration limit = 2s);

}  // namespace cookbook
