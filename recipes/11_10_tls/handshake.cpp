// The beginning of a connection: both sides agree on keys, and learn whom they talk to.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls_stream.hpp"

namespace cookbook::tls {
namespace {

/// A server of TLS 1.3 ends its handshake with a ticket. The client does not wait for it, so it
/// leaves with the first response.
bool has_only_ticket_to_send(const SSL* ssl) {
    return SSL_is_server(ssl) == 1 && SSL_version(ssl) >= TLS1_3_VERSION;
}

}  // namespace

asio::awaitable<error_code> TlsStream::handshake() {
    // [step 1] Do the handshake again whenever OpenSSL has got what it wanted.
    for (;;) {
        ERR_clear_error();
        const error_code error = outcome(SSL_do_handshake(ssl_.get()));
        if (!error && has_only_ticket_to_send(ssl_.get())) {
            co_return error;
        }
        // Our next message, or the alert that tells the peer what is wrong.
        const error_code flush_error = co_await flush();
        if (error != asio::error::would_block) {
            co_return error ? error : flush_error;
        }
        const error_code receive_error = co_await receive();
        if (receive_error) {
            co_return receive_error;
        }
    }
    // [end]
}

}  // namespace cookbook::tls
