// The field Authorization: what it says, and a way to know it again.
#pragma once

#include <openssl/types.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace cookbook::xml_rpc_service {

struct BasicCredentials {
    std::string name;
    std::string password;
};

/// What a value of Authorization says, if its scheme is Basic (RFC 7617): UTF-8, a name up to the
/// first colon, then the password, which may have more of them. Nothing if it is malformed.
[[nodiscard]] std::optional<BasicCredentials> parse_basic(std::string_view authorization);

/// The request's only Authorization; empty if it has several, nothing if it has none.
[[nodiscard]] std::optional<std::string_view> authorization_of(const http::Request& request);

/// A digest of a text that only this process can compute.
using Fingerprint = std::array<unsigned char, 32>;

/// Computes fingerprints. One thread.
class Fingerprinter {
public:
    /// Throws boost::system::system_error.
    Fingerprinter();

    [[nodiscard]] Fingerprint operator()(std::string_view text) const;

private:
    struct FreeDigest {
        void operator()(EVP_MD* digest) const noexcept;
        void operator()(EVP_MD_CTX* context) const noexcept;
    };

    std::array<unsigned char, 16> key_{};  // small: most texts make one block of SHA-256 with it
    std::unique_ptr<EVP_MD, FreeDigest> sha256_;  // looked up once: that takes longer than a digest
    std::unique_ptr<EVP_MD_CTX, FreeDigest> context_;
};

/// In a time that does not tell where they differ.
[[nodiscard]] bool are_equal(const Fingerprint& one, const Fingerprint& other) noexcept;

}  // namespace cookbook::xml_rpc_service
