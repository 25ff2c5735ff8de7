// A client's session in a file, so that its next connection is resumed.
#pragma once

#include <filesystem>

#include "openssl.hpp"

namespace cookbook::tls {

/// The session in a file, PEM; null if there is none that can be read: then there is a whole
/// handshake, and nothing is lost but time.
Owned<SSL_SESSION> read_session(const std::filesystem::path& path) noexcept;

/// Writes the session, PEM, for our own eyes only (mode 0600): whoever has it can be taken for us,
/// if we have shown a certificate. Throws std::system_error, "write PATH: reason".
void write_session(const std::filesystem::path& path, const SSL_SESSION* session);

}  // namespace cookbook::tls
