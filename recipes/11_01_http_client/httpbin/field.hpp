// Fields of responses out of what a client has sent.
#pragma once

#include <string_view>

#include "common/http/message.hpp"

namespace cookbook::http_client::httpbin {

/// Adds a field. Throws http::Error, 400, if the name is not a token or the value has controls: CR
/// and LF would make one field two.
void add_field(http::Response& response, std::string_view name, std::string_view value);

/// Adds Location: as it is, but for blanks and what is not ASCII, which are percent-encoded. Throws
/// as add_field() does.
void add_location(http::Response& response, std::string_view location);

/// 302, and a page with a link.
[[nodiscard]] http::Response redirect_to(std::string_view location);

}  // namespace cookbook::http_client::httpbin
