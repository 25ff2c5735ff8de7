#include "base64.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace cookbook::http_client {

std::string to_base64(std::string_view bytes) {
    constexpr std::size_t max_size = 1U << 30U;  // OpenSSL counts in int
    if (bytes.size() >= max_size) {
        throw std::length_error("too long for base64");
    }
    std::string text((bytes.size() + 2) / 3 * 4, '\0');
    // It writes a NUL behind the text, where a string has one already.
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    return text;
}

}  // namespace cookbook::http_client
