#include "basic_credentials.hpp"

#include <openssl/evp.h>

namespace cookbook::http_client {

std::string basic_credentials(const Credentials& credentials) {
    return "Basic " + to_base64(credentials.user + ':' + credentials.password);
}

std::string to_base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a NUL
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

}  // namespace cookbook::http_client
