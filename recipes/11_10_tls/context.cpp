#include "context.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "error.hpp"
#include "pem.hpp"
#include "require.hpp"

namespace cookbook::tls {
namespace {

// Forward secrecy and authenticated encryption only. AES-128-GCM first: as good as the others for
// all we know, and the fastest wherever the processor knows AES.
constexpr auto ciphers_of_1_3 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr auto ciphers_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto groups = "X25519:P-256:P-384";

constexpr int security_level = 2;  // 112 bits: no SHA-1, no RSA below 2048

constexpr std::uint64_t protocol_options =
    SSL_OP_CIPHER_SERVER_PREFERENCE |
    SSL_OP_PRIORITIZE_CHACHA |  // but for a client without AES in its processor, which puts it
                                // first
    SSL_OP_NO_RENEGOTIATION |   // a way to have a server work, and nothing that anybody needs
    SSL_OP_NO_COMPRESSION;      // CRIME: the length of what is compressed tells what is in it

/// The file cannot be used, for what OpenSSL says.
[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& expected) {
    throw std::runtime_error(path.string() + ": " + expected + ": " + take_error().message());
}

std::ifstream open_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    file.peek();  // a directory can be opened, but not read
    if (!file.is_open() || file.bad()) {
        throw std::system_error(errno, std::generic_category(), "read " + path.string());
    }
    return file;
}

/// OpenSSL's own words for it are about a BIO.
void require_readable(const std::filesystem::path& path) {
    open_file(path);
}

}  // namespace

Owned<SSL_CTX> make_context(Version min_version) {
    const std::string what = "configure TLS";
    Owned<SSL_CTX> context(require(SSL_CTX_new(TLS_method()), what));
    SSL_CTX* const raw = context.get();
    require(SSL_CTX_set_min_proto_version(
                raw, min_version == Version::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION),
            what);
    require(SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION), what);
    require(SSL_CTX_set_cipher_list(raw, ciphers_of_1_2), what);
    require(SSL_CTX_set_ciphersuites(raw, ciphers_of_1_3), what);
    require(SSL_CTX_set1_groups_list(raw, groups), what);
    SSL_CTX_set_options(raw, protocol_options);
    // The machine's openssl.cnf may have set it: an end without close_notify would pass for one.
    SSL_CTX_clear_options(raw, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_security_level(raw, security_level);
    // What is shown is what is in the file: a server whose intermediate is missing there would
    // otherwise send what it happens to find among those that it trusts.
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_default_passwd_cb(raw, no_passphrase);
    require(X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(raw), X509_V_FLAG_X509_STRICT), what);
    return context;
}

void use_certificate(SSL_CTX* context, const std::filesystem::path& certificate,
                     const std::filesystem::path& key) {
    require_readable(certificate);
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
        refuse(certificate, "no certificate in PEM");
    }
    const X509* const shown = SSL_CTX_get0_certificate(context);
    require_readable(key);
    // Looks at whether it is the certificate's, too, but only if it is of the same type: a context
    // has a place for each type.
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        const bool mismatch = ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509;
        refuse(key, mismatch ? "not the key of " + certificate.string()
                             : "no private key in PEM, or an encrypted one");
    }
    if (X509_check_private_key(shown, SSL_CTX_get0_privatekey(context)) != 1) {
        refuse(key, "not the key of " + certificate.string());
    }
}

Authorities read_authorities(const std::filesystem::path& path) {
    Authorities authorities{.certificates = {}, .pem = read_file(path)};
    const std::string& pem = authorities.pem;
    const Owned<BIO> memory(
        require(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), "read PEM"));
    while (X509* certificate =
               PEM_read_bio_X509_AUX(memory.get(), nullptr, no_passphrase, nullptr)) {
        authorities.certificates.emplace_back(certificate);
    }
    const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (authorities.certificates.empty() || !at_the_end) {
        refuse(path, "no certificate in PEM");
    }
    ERR_clear_error();
    return authorities;
}

void trust_authorities(SSL_CTX* context, const Authorities& authorities) {
    for (const Owned<X509>& certificate : authorities.certificates) {
        require(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()),
                "configure TLS");
    }
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file = open_file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string to_alpn_wire(const std::vector<std::string>& names) {
    constexpr std::size_t max_name = 255;
    std::string wire;
    for (const std::string& name : names) {
        if (name.empty() || name.size() > max_name) {
            throw std::invalid_argument("a protocol's name for ALPN has 1 to 255 bytes");
        }
        wire += static_cast<char>(name.size());
        wire += name;
    }
    return wire;
}

SessionIdContext session_id_context(const std::string& verified_by) {
    SessionIdContext digest{};
    static_assert(digest.size() == SSL_MAX_SID_CTX_LENGTH);
    require(EVP_Digest(verified_by.data(), verified_by.size(), digest.data(), nullptr, EVP_sha256(),
                       nullptr),
            "SHA-256");
    return digest;
}

}  // namespace cookbook::tls
