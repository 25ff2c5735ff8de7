// Responses that are little more than their status.
#pragma once

#include "common/http/message.hpp"

namespace cookbook::http_client::httpbin {

/// What a final response may have: three digits, and 1xx is not final (RFC 9110, 15).
inline constexpr unsigned min_status = 200;
inline constexpr unsigned max_status = 999;

/// The response with that status, from min_status to max_status, with the fields that such a one
/// has: a challenge, somewhere to go.
[[nodiscard]] http::Response status_response(unsigned status);

}  // namespace cookbook::http_client::httpbin
