// Versions of a row as entity tags, and the conditions that a request makes of them (RFC 9110,
// 8.8.3 and 13.1). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cookbook::rest_api {

/// "\"7\"" for version 7.
[[nodiscard]] std::string etag_of(std::int64_t version);

/// Whether If-Match holds for a row of that version: it is *, or a list with the row's tag in it,
/// compared strongly: W/"7" is no match. One that is empty or malformed does not hold.
[[nodiscard]] bool if_match_holds(std::string_view condition, std::int64_t version);

/// Whether If-None-Match has the row's tag, compared weakly, or is *: the client has it already.
[[nodiscard]] bool is_not_modified(std::string_view condition, std::int64_t version);

}  // namespace cookbook::rest_api
