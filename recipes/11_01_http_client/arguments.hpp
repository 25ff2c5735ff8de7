// What the arguments of the client's options say.
#pragma once

#include <string>

#include "connection/connection.hpp"
#include "message/body.hpp"
#include "message/multipart_body.hpp"
#include "message/request.hpp"

namespace cookbook::http_client {

// All throw an exception if the text is malformed. Its message does not repeat the text, which may
// be a password.

/// "NAME=VALUE".
[[nodiscard]] NameValue to_name_value(const std::string& text);

/// "USER:PASSWORD"; without a colon there is no password.
[[nodiscard]] Credentials to_credentials(const std::string& text);

/// "NAME: VALUE" replaces a default of that name; "NAME:" removes it.
void add_header(Request& request, const std::string& text);

/// "TEXT", "@FILE", or "@-" for stdin.
[[nodiscard]] Body to_body(const std::string& text);

/// "NAME=VALUE" or "NAME=@FILE[;type=TYPE][;filename=NAME]".
[[nodiscard]] FormPart to_part(const std::string& text);

/// "http://[USER:PASSWORD@]HOST:PORT".
[[nodiscard]] Proxy to_proxy(const std::string& text);

}  // namespace cookbook::http_client
