// Bytes as text: base64 (RFC 4648, 4). Pure.
#pragma once

#include <string>
#include <string_view>

namespace cookbook::http_client {

/// With padding, without line breaks. Throws std::length_error for 1 GiB and more.
[[nodiscard]] std::string to_base64(std::string_view bytes);

}  // namespace cookbook::http_client
