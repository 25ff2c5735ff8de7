// 11.10 TLS
//
// Problem:  nobody on the way between a server and its clients should be able to read along, to
//           change anything, or to pass for one of them; and the server's code should not have to
//           change for it.
// Solution: TLS as one more Stream between the socket and whatever runs over it.
//
// Start with tls_stream.cpp, the stream itself, and bio.cpp, its border to OpenSSL. trust.cpp is
// how a client knows whom it talks to, credentials.cpp what a server shows.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/stream.hpp"
#include "credentials.hpp"
#include "tls_stream.hpp"
#include "trust.hpp"

namespace cookbook::tls {

/// The server's side of a connection that was just accepted: takes the handshake, within its limit.
/// Throws std::system_error, "handshake with ADDRESS: reason". `credentials` must outlive the call.
asio::awaitable<std::unique_ptr<TlsStream>> accept_tls(std::unique_ptr<Stream> stream,
                                                       const ServerCredentials& credentials);

/// The client's side of a connection that is there, to the server called `name`. Throws
/// std::system_error, "handshake with NAME: reason". `trust` and `session` must outlive the call.
asio::awaitable<std::unique_ptr<TlsStream>> start_tls(std::unique_ptr<Stream> stream,
                                                      std::string name, const ClientTrust& trust,
                                                      SSL_SESSION* session = nullptr);

/// Connects and starts TLS with the server called `name`. Throws std::system_error,
/// "connect HOST:PORT: reason" or "handshake with HOST:PORT: reason".
asio::awaitable<std::unique_ptr<TlsStream>> connect_tls(HostPort address, std::string name,
                                                        const ClientTrust& trust,
                                                        SSL_SESSION* session = nullptr);

namespace detail {

/// As accept_tls(), for a server's connection: ends at once if the server is to end.
asio::awaitable<std::unique_ptr<TlsStream>> admit(StreamSocket socket,
                                                  const ServerCredentials& credentials);
/// The same for http::serve(), which need not know that there is TLS.
asio::awaitable<std::unique_ptr<Stream>> admit_stream(StreamSocket socket,
                                                      const ServerCredentials& credentials);

template <typename Handler>
asio::awaitable<void> handle_tls(StreamSocket socket, const ServerCredentials& credentials,
                                 Handler& handle) {
    const std::unique_ptr<TlsStream> stream = co_await admit(std::move(socket), credentials);
    co_await handle(*stream);
}

}  // namespace detail

/// Makes of `handle(TlsStream&)`, an asio::awaitable<void>, a handler for serve(): it takes the
/// handshake, then runs `handle`, for which any Stream may do. `credentials` must outlive the
/// server.
///
///     co_await serve(listen(executor, {.port = 20000}), {}, over_tls(credentials, echo));
template <typename Handler>
auto over_tls(const ServerCredentials& credentials, Handler handle) {
    return [&credentials, handle = std::move(handle)](StreamSocket socket) mutable {
        return detail::handle_tls(std::move(socket), credentials, handle);
    };
}

/// Makes the streams of http::serve(), so that any web application speaks HTTPS.
///
///     co_await http::serve(listen(executor, {.port = 8443}), {}, application,
///                          over_tls(credentials));
inline auto over_tls(const ServerCredentials& credentials) {
    return [&credentials](StreamSocket socket) {
        return detail::admit_stream(std::move(socket), credentials);
    };
}

}  // namespace cookbook::tls
