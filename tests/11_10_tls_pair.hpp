// Both ends of a TLS connection in memory, of contexts that owe nothing to the recipe's own: so a
// test of the stream tests the stream alone.
#pragma once

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "11_10_tls/authority.hpp"
#include "11_10_tls/tls_stream.hpp"
#include "support/memory_stream.hpp"

namespace cookbook::testing {

using tls::Owned;

/// What a test chooses of the configuration.
struct TlsPlan {
    int version = TLS1_3_VERSION;
    MemoryPlan client = {};
    MemoryPlan server = {};
    SSL_CTX* server_context = nullptr;  // another than the usual one
};

namespace detail {

inline const tls::Authority& authority() {
    static const tls::Authority authority;
    return authority;
}

inline Owned<BIO> memory_bio(const std::string& text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

inline Owned<X509> read_certificate(BIO* bio) {
    return Owned<X509>(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
}

inline Owned<SSL_CTX> make_context(int version) {
    Owned<SSL_CTX> context(SSL_CTX_new(TLS_method()));
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
    return context;
}

inline Owned<SSL_CTX> server_context(int version) {
    static const tls::IssuedCertificate certificate = authority().issue();
    Owned<SSL_CTX> context = make_context(version);
    const Owned<BIO> chain = memory_bio(certificate.chain);
    SSL_CTX_use_certificate(context.get(), read_certificate(chain.get()).get());
    SSL_CTX_add1_chain_cert(context.get(), read_certificate(chain.get()).get());
    const Owned<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(memory_bio(certificate.key).get(), nullptr, nullptr, nullptr));
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    SSL_CTX_set_num_tickets(context.get(), 1);
    return context;
}

inline Owned<SSL_CTX> client_context(int version) {
    Owned<SSL_CTX> context = make_context(version);
    const Owned<BIO> root = memory_bio(authority().root());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), read_certificate(root.get()).get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    return context;
}

/// One for all tests: contexts take long to make.
inline SSL_CTX* shared_server_context(int version) {
    static const Owned<SSL_CTX> tls1_2 = server_context(TLS1_2_VERSION);
    static const Owned<SSL_CTX> tls1_3 = server_context(TLS1_3_VERSION);
    return (version == TLS1_2_VERSION ? tls1_2 : tls1_3).get();
}

inline SSL_CTX* shared_client_context(int version) {
    static const Owned<SSL_CTX> tls1_2 = client_context(TLS1_2_VERSION);
    static const Owned<SSL_CTX> tls1_3 = client_context(TLS1_3_VERSION);
    return (version == TLS1_2_VERSION ? tls1_2 : tls1_3).get();
}

}  // namespace detail

inline Owned<SSL> server_ssl(SSL_CTX* context) {
    Owned<SSL> ssl(SSL_new(context));
    SSL_set_accept_state(ssl.get());
    return ssl;
}
inline Owned<SSL> server_ssl(int version = TLS1_3_VERSION) {
    return server_ssl(detail::shared_server_context(version));
}

inline Owned<SSL> client_ssl(int version = TLS1_3_VERSION, const char* name = "localhost") {
    Owned<SSL> ssl(SSL_new(detail::shared_client_context(version)));
    SSL_set_connect_state(ssl.get());
    SSL_set1_host(ssl.get(), name);
    return ssl;
}

/// One end: the stream, the connection in memory that carries it, and OpenSSL's object within.
struct TlsEnd {
    TlsEnd(std::unique_ptr<MemoryStream> memory, Owned<SSL> owned)
        : below(*memory), ssl(owned.get()), stream(std::move(memory), std::move(owned)) {}

    MemoryStream& below;
    SSL* ssl;
    tls::TlsStream stream;
};

/// Both ends, before their handshake.
struct TlsPair {
    explicit TlsPair(const asio::any_io_executor& executor, TlsPlan plan = {})
        : TlsPair(memory_pair(executor, plan.client, plan.server), plan) {}
    TlsPair(MemoryPair memory, const TlsPlan& plan)
        : client(std::move(memory.near), client_ssl(plan.version)),
          server(std::move(memory.far), plan.server_context ? server_ssl(plan.server_context)
                                                            : server_ssl(plan.version)) {}

    TlsEnd client;
    TlsEnd server;
};

}  // namespace cookbook::testing
