// HMAC (RFC 2104): a message authentication code out of a digest and a key.
#pragma once

#include <openssl/types.h>

#include <boost/static_string/static_string.hpp>
#include <cstddef>
#include <memory>
#include <string_view>

#include "common/net/secret.hpp"

namespace cookbook::hmac_auth {

enum class Digest { sha256, sha384, sha512, sha3_256, md5 };

/// Makes MACs under one key. To set the key costs several times as much as a short message, so keep
/// the object; it belongs to one thread. As long as it lives, OpenSSL keeps the key in clear in it;
/// the destructor wipes it.
class Mac {
public:
    using Value = boost::static_strings::static_string<64>;

    /// `key` is not needed afterwards. Throws std::runtime_error if OpenSSL has no HMAC, or no such
    /// digest, as MD5 where only approved ones are allowed (FIPS).
    Mac(const Key& key, Digest digest);

    /// Bytes of a MAC: 32, 48, 64, 32 or 16.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Adds to the message.
    void update(std::string_view data);

    /// The MAC of the message. What is added next begins another one.
    [[nodiscard]] Value finish();

    /// The MAC of a message that is there as a whole.
    [[nodiscard]] Value operator()(std::string_view message) {
        update(message);
        return finish();
    }

private:
    struct Free {
        void operator()(EVP_MAC_CTX* context) const noexcept;
    };

    std::unique_ptr<EVP_MAC_CTX, Free> context_;
    std::size_t size_ = 0;
};

}  // namespace cookbook::hmac_auth
