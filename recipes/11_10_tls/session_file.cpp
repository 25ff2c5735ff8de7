#include "session_file.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "pem.hpp"
#include "replace_file.hpp"

namespace cookbook::tls {

Owned<SSL_SESSION> read_session(const std::filesystem::path& path) noexcept {
    const Owned<BIO> file(BIO_new_file(path.c_str(), "r"));
    Owned<SSL_SESSION> session;
    if (file) {
        session.reset(PEM_read_bio_SSL_SESSION(file.get(), nullptr, no_passphrase, nullptr));
    }
    ERR_clear_error();
    return session;
}

void write_session(const std::filesystem::path& path, const SSL_SESSION* session) {
    constexpr mode_t ours_alone = 0600;
    const std::string pem = to_pem([session](BIO* memory) {
        // It takes a pointer to what is not const, and only reads.
        return PEM_write_bio_SSL_SESSION(memory, const_cast<SSL_SESSION*>(session));
    });
    replace_file(path, pem, ours_alone);
}

}  // namespace cookbook::tls
