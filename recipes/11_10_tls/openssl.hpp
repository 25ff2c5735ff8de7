// OpenSSL's objects, owned. Only names that are declared forward: whoever includes this does not
// include OpenSSL.
#pragma once

#include <openssl/types.h>

#include <memory>

using SSL_SESSION = struct ssl_session_st;  // which types.h leaves out

namespace cookbook::tls {

/// Frees an object of OpenSSL's, as a unique_ptr wants it.
struct Free {
    void operator()(BIO* object) const noexcept;
    void operator()(EVP_PKEY* object) const noexcept;
    void operator()(SSL* object) const noexcept;
    void operator()(SSL_CTX* object) const noexcept;
    void operator()(SSL_SESSION* object) const noexcept;
    void operator()(X509* object) const noexcept;
};

template <typename Object>
using Owned = std::unique_ptr<Object, Free>;

}  // namespace cookbook::tls
