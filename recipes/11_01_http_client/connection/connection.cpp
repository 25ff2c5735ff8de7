#include "connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "11_10_tls/tls.hpp"
#include "common/async/within.hpp"
#include "common/net/address.hpp"
#include "connecting.hpp"
#include "look_up.hpp"
#include "tunnel.hpp"

namespace cookbook::http_client {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10U;

std::string name_of(const Origin& server) {
    return to_string(HostPort{server.host, server.port});
}

/// Adds to an error what was tried. A cancellation passes as it is.
[[noreturn]] void rethrow(const boost::system::system_error& error, const std::string& action) {
    if (error.code() == asio::error::operation_aborted) {
        throw error;  // NOLINT(misc-throw-by-value-catch-by-reference)
    }
    throw std::system_error(error.code(), action);
}

asio::awaitable<tcp::socket> connect_to(Origin server) {
    std::vector<tcp::endpoint> endpoints = co_await look_up(server.host, server.port);
    try {
        co_return co_await connect_to_fastest(std::move(endpoints));
    } catch (const boost::system::system_error& error) {
        rethrow(error, "connect " + name_of(server));
    }
}

asio::awaitable<std::unique_ptr<Connection>> open(Origin origin, std::optional<Proxy> proxy,
                                                  const tls::ClientTrust* trust) {
    // [step 5] Connect to the proxy, ask it for a tunnel, and only then speak TLS, to the server.
    tcp::socket socket = co_await connect_to(proxy ? proxy->origin : origin);
    const int descriptor = socket.native_handle();
    std::unique_ptr<Stream> stream = std::make_unique<SocketStream>(std::move(socket));
    if (proxy && origin.is_https) {
        co_await open_tunnel(*stream, origin, *proxy);
    }
    if (origin.is_https) {
        stream = co_await tls::start_tls(std::move(stream), origin.host, *trust);
    }
    co_return std::make_unique<Connection>(std::move(stream), descriptor);
    // [end]
}

}  // namespace

Connection::Connection(std::unique_ptr<Stream> stream, int descriptor)
    : stream_(std::move(stream)),
      descriptor_(descriptor),
      deadline_(*stream_),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {}

Connection::~Connection() = default;

std::size_t Connection::write_now(Stream::Buffers buffers, error_code& error) {
    const std::size_t size = stream_->write_now(buffers, error);
    written_ += size;
    note_reset(error);
    return size;
}

asio::awaitable<error_code> Connection::write(Stream::Buffers buffers) {
    const auto [error, size] = co_await stream_->write(buffers);
    written_ += size;
    note_reset(error);
    co_return deadline_.reason(error);
}

/// A socket reports a reset once. If a write has met it, the next read sees an orderly end, where
/// there was none.
void Connection::note_reset(const error_code& error) noexcept {
    if (error == asio::error::connection_reset) {
        reset_ = error;
    }
}

asio::awaitable<Stream::Transferred> Connection::read_some() {
    begin_ = end_ = 0;
    return stream_->read_some(asio::buffer(buffer_.get(), buffer_size));
}

error_code Connection::finish_read(Stream::Transferred transferred) {
    const auto [error, size] = transferred;
    end_ = size;
    drained_ = size < buffer_size;
    return deadline_.reason(error == asio::error::eof && reset_ ? reset_ : error);
}

bool Connection::is_quiet() const noexcept {
    // TLS may hold more than it has been asked for: only a read that could have brought more, and
    // has not, has brought all.
    if (!received().empty() || !drained_) {
        return false;
    }
    char byte = 0;
    const ssize_t size = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

asio::awaitable<std::unique_ptr<Connection>> open_connection(Origin origin, ConnectOptions options,
                                                             const tls::ClientTrust* trust) {
    try {
        co_return co_await within(options.timeout, open(origin, options.proxy, trust));
    } catch (const boost::system::system_error& error) {
        rethrow(error, "connect " + name_of(options.proxy ? options.proxy->origin : origin));
    }
}

}  // namespace cookbook::http_client
