#include "authorization.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

#include "11_06_xml_rpc/value/scalar.hpp"
#include "11_10_tls/require.hpp"
#include "common/http/grammar.hpp"
#include "password.hpp"

namespace cookbook::xml_rpc_service {

std::optional<BasicCredentials> parse_basic(std::string_view authorization) {
    constexpr std::string_view scheme = "Basic ";
    if (!http::grammar::same_name(authorization.substr(0, scheme.size()), scheme)) {
        return {};
    }
    std::string_view token = authorization.substr(scheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    const bool has_space = token.find_first_of(" \t") != token.npos;
    const std::optional<std::string> text = xml_rpc::decode_base64(token);
    if (has_space || !text || !is_credential(*text)) {
        return {};
    }
    const std::size_t colon = text->find(':');
    if (colon == text->npos) {
        return {};
    }
    return BasicCredentials{text->substr(0, colon), text->substr(colon + 1)};
}

std::optional<std::string_view> authorization_of(const http::Request& request) {
    std::optional<std::string_view> found;
    for (const http::Field& field : request.fields) {
        if (field.id == http::field::authorization) {
            found = found ? std::string_view() : field.value;
        }
    }
    return found;
}

void Fingerprinter::FreeDigest::operator()(EVP_MD* digest) const noexcept {
    EVP_MD_free(digest);
}
void Fingerprinter::FreeDigest::operator()(EVP_MD_CTX* context) const noexcept {
    EVP_MD_CTX_free(context);
}

Fingerprinter::Fingerprinter()
    : sha256_(tls::require(EVP_MD_fetch(nullptr, "SHA256", nullptr), "SHA-256")),
      context_(tls::require(EVP_MD_CTX_new(), "SHA-256")) {
    tls::require(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1, "random key");
}

Fingerprint Fingerprinter::operator()(std::string_view text) const {
    Fingerprint fingerprint{};
    const bool done = EVP_DigestInit_ex2(context_.get(), sha256_.get(), nullptr) == 1 &&
                      EVP_DigestUpdate(context_.get(), key_.data(), key_.size()) == 1 &&
                      EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1 &&
                      EVP_DigestFinal_ex(context_.get(), fingerprint.data(), nullptr) == 1;
    tls::require(done, "SHA-256");
    return fingerprint;
}

bool are_equal(const Fingerprint& one, const Fingerprint& other) noexcept {
    return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace cookbook::xml_rpc_service
