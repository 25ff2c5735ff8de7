// What OpenSSL is needed for: SHA-256 and random bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cookbook::rest_api {

/// SHA-256 in hexadecimal. Right for a key that is random; a password needs a slow hash.
[[nodiscard]] std::string sha256(std::string_view text);

/// Whether two texts are equal, found out in a time that does not depend on where they differ.
[[nodiscard]] bool is_equal(std::string_view one, std::string_view other);

/// Random bytes in base64url, without padding (RFC 4648, 5).
[[nodiscard]] std::string random_text(std::size_t bytes);

}  // namespace cookbook::rest_api
