#include "mac.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>
#include <string>

namespace cookbook::hmac_auth {
namespace {

std::string openssl_name(Digest digest) {
    constexpr std::array names = {"SHA2-256", "SHA2-384", "SHA2-512", "SHA3-256", "MD5"};
    return names[static_cast<std::size_t>(digest)];
}

struct FreeAlgorithm {
    void operator()(EVP_MAC* algorithm) const noexcept { EVP_MAC_free(algorithm); }
};

void expect_success(int result, const char* call) {
    if (result != 1) {
        throw std::runtime_error(std::string("OpenSSL: ") + call + " failed");
    }
}

}  // namespace

void Mac::Free::operator()(EVP_MAC_CTX* context) const noexcept {
    EVP_MAC_CTX_free(context);
}

Mac::Mac(const Key& key, Digest digest) {
    const std::unique_ptr<EVP_MAC, FreeAlgorithm> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    if (hmac) {
        context_.reset(EVP_MAC_CTX_new(hmac.get()));
    }
    std::string name = openssl_name(digest);
    const std::array parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
        OSSL_PARAM_construct_end()};
    const auto& bytes = key.bytes();
    if (!context_ ||
        EVP_MAC_init(context_.get(), bytes.data(), bytes.size(), parameters.data()) != 1) {
        throw std::runtime_error("OpenSSL has no HMAC with " + name);
    }
    size_ = EVP_MAC_CTX_get_mac_size(context_.get());
}

void Mac::update(std::string_view data) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    expect_success(EVP_MAC_update(context_.get(), bytes, data.size()), "EVP_MAC_update");
}

Mac::Value Mac::finish() {
    Value mac(size_, '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(mac.data());
    // [step 1] Finish the MAC, then begin the next one under the same key.
    std::size_t size = 0;
    expect_success(EVP_MAC_final(context_.get(), bytes, &size, mac.size()), "EVP_MAC_final");
    // Without a key, which is hashed into the context already: that is most of a short MAC's cost.
    expect_success(EVP_MAC_init(context_.get(), nullptr, 0, nullptr), "EVP_MAC_init");
    // [end]
    return mac;
}

}  // namespace cookbook::hmac_auth
