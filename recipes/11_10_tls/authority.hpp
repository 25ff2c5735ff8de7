// A certificate authority in memory: for tests, classrooms, and machines that talk among
// themselves.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "openssl.hpp"

namespace cookbook::tls {

/// What a certificate's owner does with it (RFC 5280, 4.2.1.12).
enum class Purpose { server, client };

/// What a certificate says.
struct Subject {
    std::string common_name = "localhost";
    /// The host names and addresses of its owner (subjectAltName); a client may have none.
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
    Purpose purpose = Purpose::server;
    /// From when and until when it is valid, counted from now.
    std::chrono::hours not_before = -std::chrono::hours(1);  // peers' clocks may be behind
    std::chrono::hours not_after = std::chrono::days(90);
};

/// A certificate and its private key, PEM.
struct IssuedCertificate {
    std::string leaf;   // the certificate alone
    std::string chain;  // and the intermediates after it: what a server must show
    std::string key;
};

/// A root, which is to be trusted, and an intermediate, which signs. All keys are on P-256.
class Authority {
public:
    /// Makes both, valid for ten years. `name` is what the certificates call it.
    explicit Authority(const std::string& name = "Cookbook");

    /// One that was kept as to_pem() has it. Throws std::runtime_error if the text is not that.
    [[nodiscard]] static Authority from_pem(const std::string& pem);
    /// All that it takes to issue certificates later: those of root and intermediate, and the key
    /// that signs. A secret.
    [[nodiscard]] std::string to_pem() const;

    /// Throws std::runtime_error if OpenSSL refuses: a common name of more than 64 characters.
    [[nodiscard]] IssuedCertificate issue(const Subject& subject = {}) const;

    /// The root's certificate, PEM: what peers are given as the authority to trust.
    [[nodiscard]] const std::string& root() const noexcept { return root_; }

private:
    Authority(std::string root, Owned<EVP_PKEY> key, Owned<X509> intermediate);

    std::string root_;
    Owned<EVP_PKEY> intermediate_key_;
    Owned<X509> intermediate_;
};

/// A certificate that nobody has signed but its owner. Throws as issue() does.
[[nodiscard]] IssuedCertificate self_signed(const Subject& subject = {});

}  // namespace cookbook::tls
