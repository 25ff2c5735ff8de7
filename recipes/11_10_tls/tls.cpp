#include "tls.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <system_error>

#include "common/async/deadline.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::tls {
namespace {

/// How long the peer has to read why we end the connection.
constexpr auto max_linger = 1s;

asio::awaitable<std::unique_ptr<TlsStream>> shake_hands(std::unique_ptr<Stream> below,
                                                        Owned<SSL> ssl,
                                                        asio::steady_timer::duration limit,
                                                        std::string peer) {
    auto stream = std::make_unique<TlsStream>(std::move(below), std::move(ssl));
    Deadline deadline(*stream);
    deadline.expires_after(limit);
    const error_code error = deadline.reason(co_await stream->handshake());
    if (error == asio::error::operation_aborted) {
        throw boost::system::system_error(error);
    }
    if (error) {
        co_await lingering_close(stream->below(), max_linger);
        throw std::system_error(error, "handshake with " + peer);
    }
    co_return stream;
}

}  // namespace

asio::awaitable<std::unique_ptr<TlsStream>> accept_tls(std::unique_ptr<Stream> stream,
                                                       const ServerCredentials& credentials) {
    std::string peer = to_string(stream->peer());
    co_return co_await shake_hands(std::move(stream), credentials.make_ssl(),
                                   credentials.options().handshake_timeout, std::move(peer));
}

asio::awaitable<std::unique_ptr<TlsStream>> start_tls(std::unique_ptr<Stream> stream,
                                                      std::string name, const ClientTrust& trust,
                                                      SSL_SESSION* session) {
    Owned<SSL> ssl = trust.make_ssl(name, session);
    co_return co_await shake_hands(std::move(stream), std::move(ssl),
                                   trust.options().handshake_timeout, std::move(name));
}

asio::awaitable<std::unique_ptr<TlsStream>> connect_tls(HostPort address, std::string name,
                                                        const ClientTrust& trust,
                                                        SSL_SESSION* session) {
    Owned<SSL> ssl = trust.make_ssl(name, session);
    tcp::socket socket = co_await connect(address);
    co_return co_await shake_hands(std::make_unique<SocketStream>(std::move(socket)),
                                   std::move(ssl), trust.options().handshake_timeout,
                                   to_string(address));
}

asio::awaitable<std::unique_ptr<TlsStream>> detail::admit(StreamSocket socket,
                                                          const ServerCredentials& credentials) {
    // The server's order to end is a total cancellation: nothing is in hand yet that it would cut.
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    std::unique_ptr<TlsStream> stream =
        co_await accept_tls(std::make_unique<SocketStream>(std::move(socket)), credentials);
    // An order that came when nothing waited is in the state that goes now.
    const asio::cancellation_state order = co_await this_coro::cancellation_state;
    if (order.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    co_await this_coro::reset_cancellation_state();
    co_return stream;
}

asio::awaitable<std::unique_ptr<Stream>> detail::admit_stream(
    StreamSocket socket, const ServerCredentials& credentials) {
    co_return co_await admit(std::move(socket), credentials);
}

}  // namespace cookbook::tls
