// PEM, as OpenSSL reads and writes it.
#pragma once

#include <openssl/bio.h>

#include <string>

#include "openssl.hpp"
#include "require.hpp"

namespace cookbook::tls {

/// For OpenSSL's PEM_read_bio_… functions: what is encrypted is an error, not a question on the
/// terminal.
inline int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
    return -1;
}

/// What `write(BIO*)`, a call of one of OpenSSL's PEM_write_bio_… functions, writes. Throws
/// system_error.
template <typename Write>
std::string to_pem(Write write) {
    const Owned<BIO> memory(require(BIO_new(BIO_s_mem()), "write PEM"));
    require(write(memory.get()), "write PEM");
    const char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace cookbook::tls
