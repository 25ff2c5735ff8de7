// The beginning of a connection: both sides agree on keys, and learn whom they talk to.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

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

std::string TlsStream::peer_name() const {
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    const X509_NAME* subject = certificate ? X509_get_subject_name(certificate) : nullptr;
    const int index = subject ? X509_NAME_get_index_by_NID(subject, NID_commonName, -1) : -1;
    if (index < 0) {
        return {};
    }
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (size < 0) {
        ERR_clear_error();
        return {};
    }
    std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    return name;
}

}  // namespace cookbook::tls
