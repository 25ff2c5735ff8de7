// The configuration that both sides share: what is spoken, and how certificates are verified.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "openssl.hpp"

namespace cookbook::tls {

enum class Version { tls1_2, tls1_3 };

/// A context for servers or clients with versions, ciphers, groups and strictness set. Throws
/// system_error.
Owned<SSL_CTX> make_context(Version min_version);

/// Has the context show a certificate: a file with it and then its intermediates, and a file with
/// its key, both PEM. Throws std::runtime_error, "read PATH: reason" or "PATH: reason".
void use_certificate(SSL_CTX* context, const std::filesystem::path& certificate,
                     const std::filesystem::path& key);

/// The certificates of a file, and the file's text, PEM.
struct Authorities {
    std::vector<Owned<X509>> certificates;
    std::string pem;
};
/// Throws as use_certificate() does, also if there is no certificate in the file.
Authorities read_authorities(const std::filesystem::path& path);
/// Has the context trust these authorities, and no others.
void trust_authorities(SSL_CTX* context, const Authorities& authorities);

/// Throws std::system_error, "read PATH: reason", if the file cannot be read.
std::string read_file(const std::filesystem::path& path);

/// The names of application protocols as they travel, each after its length (RFC 7301, 3.1).
/// Throws std::invalid_argument for a name that is empty or longer than 255 bytes.
std::string to_alpn_wire(const std::vector<std::string>& names);

/// A name for what the two sides were verified by when a session was made: equal for equal texts.
/// Set as the session id context, it keeps a session from being resumed by anything else: OpenSSL
/// compares it, on both sides. A server that sets none has each resumption with a client
/// certificate fail.
using SessionIdContext = std::array<unsigned char, 32>;
SessionIdContext session_id_context(const std::string& verified_by);

}  // namespace cookbook::tls
