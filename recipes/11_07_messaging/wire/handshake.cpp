#include "handshake.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace cookbook::messaging {
namespace {

constexpr std::string_view challenge_mark = "#CHALLENGE#";
constexpr std::size_t random_size = 40;
constexpr std::size_t old_challenge_size = 20;
constexpr std::size_t old_answer_size = 16;

/// A digest as Python and as OpenSSL call it.
struct Digest {
    std::string_view name;
    const char* openssl_name;
};
constexpr Digest md5_digest = {"md5", "MD5"};
constexpr std::array<Digest, 5> digests = {{md5_digest,
                                            {"sha256", "SHA2-256"},
                                            {"sha384", "SHA2-384"},
                                            {"sha3_256", "SHA3-256"},
                                            {"sha3_384", "SHA3-384"}}};

std::string prefix_of(const Digest& digest) {
    return '{' + std::string(digest.name) + '}';
}

/// The digest that a message names at its start, "{sha256}…"; null if we know none of that name.
const Digest* find_digest(std::string_view message) {
    const auto is_named = [message](const Digest& digest) {
        return message.starts_with(prefix_of(digest));
    };
    const auto* found = std::ranges::find_if(digests, is_named);
    return found == digests.end() ? nullptr : found;
}

std::string hmac(const Digest& digest, const Key& key, std::string_view message) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    std::size_t size = 0;
    if (!EVP_Q_mac(nullptr, "HMAC", nullptr, digest.openssl_name, nullptr, key.bytes().data(),
                   key.bytes().size(), reinterpret_cast<const unsigned char*>(message.data()),
                   message.size(), mac.data(), mac.size(), &size)) {
        throw std::runtime_error("OpenSSL has no HMAC-" + std::string(digest.openssl_name));
    }
    return {reinterpret_cast<const char*>(mac.data()), size};
}

}  // namespace

std::string make_challenge() {
    std::array<unsigned char, random_size> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
        throw std::runtime_error("OpenSSL has no random bytes");
    }
    return std::string(challenge_mark) + "{sha256}" +
           std::string(reinterpret_cast<const char*>(random.data()), random.size());
}

boost::system::result<std::string> answer_challenge(const Key& key, std::string_view challenge,
                                                    Md5 md5) {
    // [step 2] Answer with the MAC over all that follows #CHALLENGE#, the digest's name included.
    if (!challenge.starts_with(challenge_mark)) {
        return make_error_code(Error::no_challenge);
    }
    const std::string_view message = challenge.substr(challenge_mark.size());
    if (message.size() < old_challenge_size) {  // as in Python, with the digest's name
        return make_error_code(Error::no_challenge);
    }
    const bool is_old = message.size() == old_challenge_size;
    const Digest* digest = is_old ? &md5_digest : find_digest(message);
    if (!digest) {
        return make_error_code(Error::unknown_digest);
    }
    if (digest->name == md5_digest.name && md5 == Md5::refused) {
        return make_error_code(Error::md5_only);
    }
    return (is_old ? "" : prefix_of(*digest)) + hmac(*digest, key, message);
    // [end]
}

boost::system::error_code check_answer(const Key& key, std::string_view challenge,
                                       std::string_view answer, Md5 md5) {
    // [step 3] Compare the answer with the right one, in the same time wherever they differ.
    const std::string_view message = challenge.substr(challenge_mark.size());
    const bool is_old = answer.size() == old_answer_size;
    const Digest* digest = is_old ? &md5_digest : find_digest(answer);
    if (!digest) {
        return Error::unknown_digest;
    }
    if (digest->name == md5_digest.name && md5 == Md5::refused) {
        return Error::md5_only;
    }
    const std::string_view mac = answer.substr(is_old ? 0 : prefix_of(*digest).size());
    const std::string expected = hmac(*digest, key, message);
    const bool equal = mac.size() == expected.size() &&
                       CRYPTO_memcmp(mac.data(), expected.data(), expected.size()) == 0;
    return equal ? boost::system::error_code() : Error::wrong_answer;
    // [end]
}

}  // namespace cookbook::messaging
