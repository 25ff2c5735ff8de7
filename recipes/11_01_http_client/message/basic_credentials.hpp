// User and password as HTTP sends them.
#pragma once

#include <string>
#include <string_view>

#include "url.hpp"

namespace cookbook::http_client {

/// "Basic dXNlcjpwYXNzd29yZA==", the value of Authorization and of Proxy-Authorization (RFC 7617).
/// The texts are UTF-8. The user has no colon: the first one ends it.
[[nodiscard]] std::string basic_credentials(const Credentials& credentials);

/// RFC 4648, 4.
[[nodiscard]] std::string to_base64(std::string_view bytes);

}  // namespace cookbook::http_client
