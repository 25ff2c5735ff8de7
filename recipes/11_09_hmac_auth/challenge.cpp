#include "challenge.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <string_view>

namespace cookbook::hmac_auth {
namespace {

std::string_view bytes_of(const Nonce& nonce) {
    return {nonce.data(), nonce.size()};
}

}  // namespace

Nonce make_nonce() {
    Nonce nonce{};
    auto* bytes = reinterpret_cast<unsigned char*>(nonce.data());
    if (RAND_bytes(bytes, static_cast<int>(nonce.size())) != 1) {
        throw std::runtime_error("OpenSSL has no random bytes");
    }
    return nonce;
}

Mac::Value respond(Mac& mac, const Nonce& challenge) {
    // [step 1] Respond with the MAC of the challenge, all its bytes and no others.
    return mac(bytes_of(challenge));
    // [end]
}

bool is_equal(const Mac::Value& expected, const Mac::Value& received) {
    // [step 2] Compare all bytes, in the same time wherever they differ.
    return expected.size() == received.size() &&
           CRYPTO_memcmp(expected.data(), received.data(), expected.size()) == 0;
    // [end]
}

Mac::Value prove(Mac& mac, Role role, const Nonce& server, const Nonce& client) {
    // [step 4] Say who proves itself, to whom and when: the role's name, then both nonces.
    mac.update(role == Role::client ? "client" : "server");
    mac.update(bytes_of(server));
    mac.update(bytes_of(client));
    return mac.finish();
    // [end]
}

}  // namespace cookbook::hmac_auth
