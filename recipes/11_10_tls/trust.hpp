// Whom a client trusts, and what it shows of itself.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/async/asio.hpp"
#include "context.hpp"
#include "openssl.hpp"

namespace cookbook::tls {

/// Of a client: its files and its policy.
struct ClientOptions {
    /// The authorities that it trusts, PEM; the system's if it is not given.
    std::optional<std::filesystem::path> cacert = {};
    /// Its own certificate, then the intermediates, and its key: for servers that ask. Both or
    /// none.
    std::optional<std::filesystem::path> cert = {};
    std::optional<std::filesystem::path> key = {};
    std::vector<std::string> alpn = {};  // best first
    Version min_version = Version::tls1_2;
    bool verify = true;  // false: anybody may be the server
    /// For the handshake as a whole.
    asio::steady_timer::duration handshake_timeout = 10s;
};

/// What a client needs to know whom it talks to. Shared by all its connections.
class ClientTrust {
public:
    /// Reads the files. Throws std::runtime_error, "read PATH: reason" or "PATH: reason";
    /// std::invalid_argument if only one of `cert` and `key` is given.
    explicit ClientTrust(ClientOptions options = {});

    /// OpenSSL's half of a connection to the server called `name`, for a TlsStream. The name, an
    /// address perhaps, is what its certificate must be for (RFC 9525); a name, no address, is also
    /// sent (SNI, RFC 6066, 3). With `session`, of TlsStream::session(), it offers to resume, if
    /// the session's server was verified for the same name by the same files. Throws
    /// std::invalid_argument if `name` is empty or begins with a dot.
    [[nodiscard]] Owned<SSL> make_ssl(const std::string& name,
                                      SSL_SESSION* session = nullptr) const;

    [[nodiscard]] const ClientOptions& options() const noexcept { return options_; }

private:
    ClientOptions options_;
    Owned<SSL_CTX> context_;
    std::string verified_by_;
};

}  // namespace cookbook::tls
