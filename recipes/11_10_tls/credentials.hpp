// What a server shows, and whom it lets in.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/async/asio.hpp"
#include "context.hpp"
#include "openssl.hpp"

namespace cookbook::tls {

enum class ClientAuth { required, optional };

/// Of a server: its files and its policy.
struct ServerOptions {
    std::filesystem::path cert;  // the server's certificate, then the intermediates, PEM
    std::filesystem::path key;   // its private key, PEM
    /// The authorities whose clients are let in, PEM. Without them no client is asked.
    std::optional<std::filesystem::path> client_ca = {};
    ClientAuth client_auth = ClientAuth::required;
    std::vector<std::string> alpn = {};  // best first
    Version min_version = Version::tls1_2;
    /// For the handshake as a whole, however slowly its bytes come.
    asio::steady_timer::duration handshake_timeout = 10s;
};

/// A server's certificate and key, shared by all its connections, and renewed while it runs. All on
/// one thread.
class ServerCredentials {
public:
    /// Reads the files. Throws std::runtime_error, "read PATH: reason" or "PATH: reason", also if
    /// the key is another certificate's.
    explicit ServerCredentials(ServerOptions options);
    ServerCredentials(const ServerCredentials&) = delete;
    ServerCredentials& operator=(const ServerCredentials&) = delete;

    /// Reads the files anew, for connections that are accepted from now on; those that are there
    /// keep what they have. Tickets stay good, unless the clients' authorities have changed. Throws
    /// as the constructor does: then nothing has changed.
    void reload();

    /// OpenSSL's half of a connection that was just accepted, for a TlsStream. *this must outlive
    /// its handshake.
    [[nodiscard]] Owned<SSL> make_ssl() const;

    [[nodiscard]] const ServerOptions& options() const noexcept { return options_; }

private:
    ServerOptions options_;
    std::string alpn_;        // as it travels
    Owned<SSL_CTX> context_;  // connections have a share in it (SSL_new(3))
};

/// Runs `serving`, a server, to its end, and throws what it throws. Meanwhile, also while the last
/// connections end, calls credentials.reload() at each SIGHUP. What that throws is logged: a server
/// with an old certificate is better than none. `credentials` must outlive it.
asio::awaitable<void> reload_on_hangup(ServerCredentials& credentials,
                                       asio::awaitable<void> serving);

}  // namespace cookbook::tls
