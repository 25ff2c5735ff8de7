#include "socket_connection.hpp"

#include <memory>
#include <utility>

namespace cookbook::fd_passing {
namespace {

/// A socket that is read byte by byte. That costs a few hundred system calls for a worker, once.
class ByteByByte final : public Stream {
public:
    explicit ByteByByte(StreamSocket socket) : stream_(std::move(socket)) {}

    asio::any_io_executor get_executor() override { return stream_.get_executor(); }
    [[nodiscard]] tcp::endpoint peer() const override { return stream_.peer(); }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override {
        return stream_.read_some(asio::buffer(buffer, 1));
    }
    std::size_t write_now(Buffers buffers, error_code& error) override {
        return stream_.write_now(buffers, error);
    }
    asio::awaitable<Transferred> write(Buffers buffers) override { return stream_.write(buffers); }
    asio::awaitable<void> shut_down() override { return stream_.shut_down(); }
    void cancel(error_code& error) override { stream_.cancel(error); }
    void close(error_code& error) override { stream_.close(error); }

    StreamSocket release() { return stream_.release(); }

private:
    SocketStream stream_;
};

}  // namespace

SocketConnection::SocketConnection(StreamSocket socket, messaging::Options options)
    : connection_(std::make_unique<ByteByByte>(std::move(socket)), options) {}

StreamSocket SocketConnection::release() {
    const std::unique_ptr<Stream> stream = connection_.release();
    return static_cast<ByteByByte&>(*stream).release();
}

asio::awaitable<boost::system::result<FdMessage>> receive_fds(StreamSocket& socket,
                                                              std::size_t max) {
    for (;;) {
        const auto [error] = co_await socket.async_wait(StreamSocket::wait_read, use_nothrow);
        if (error) {
            co_return error;
        }
        auto message = recv_fds(socket.native_handle(), max);
        if (message || message.error() != asio::error::would_block) {
            co_return message;
        }
    }
}

}  // namespace cookbook::fd_passing
