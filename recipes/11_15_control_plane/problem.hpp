// What is wrong, as REST says it (RFC 9457): a problem whose type ends in #kind.
#pragma once

#include <string_view>

#include "common/http/message.hpp"
#include "refusal.hpp"

namespace cookbook::control_plane {

/// The kind of an error that has no other: "not-found" for 404; "malformed" for 400.
[[nodiscard]] std::string_view kind_of(http::status status);

/// {"type": "/openapi.json#held", "title", "status", "detail", "errors"?: [{"field", "detail"}]}
[[nodiscard]] http::Response to_problem(const Refused& refused);

/// The same of an error that has no other kind.
[[nodiscard]] http::Response to_problem(http::status status, std::string_view detail);

}  // namespace cookbook::control_plane
