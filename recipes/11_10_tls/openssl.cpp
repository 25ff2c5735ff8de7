#include "openssl.hpp"

#include <openssl/ssl.h>

namespace cookbook::tls {

void Free::operator()(BIO* object) const noexcept {
    BIO_free_all(object);
}
void Free::operator()(EVP_PKEY* object) const noexcept {
    EVP_PKEY_free(object);
}
void Free::operator()(SSL* object) const noexcept {
    SSL_free(object);
}
void Free::operator()(SSL_CTX* object) const noexcept {
    SSL_CTX_free(object);
}
void Free::operator()(SSL_SESSION* object) const noexcept {
    SSL_SESSION_free(object);
}
void Free::operator()(X509* object) const noexcept {
    X509_free(object);
}

}  // namespace cookbook::tls
