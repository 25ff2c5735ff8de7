// The head of a request, as it goes out. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connection/connection.hpp"
#include "hop.hpp"
#include "message/fields.hpp"
#include "message/request.hpp"

namespace cookbook::http_client {

/// Whether a field says how long the body is: only who sends the body can.
[[nodiscard]] bool says_length(std::string_view name) noexcept;

/// Throws std::invalid_argument if the method is not a token, or is CONNECT, whose response ends as
/// no other does; if a part that becomes a field has a control character, or says the length of the
/// body.
void check(const Request& request);

/// The whole head: its target in absolute form if it goes to a proxy; the `defaults` that the
/// request neither replaces nor goes without; its own fields, but for those that must not travel
/// so far. `cookies` is what the jar has for the URL.
[[nodiscard]] std::string compose_head(const Request& request, const Hop& hop,
                                       const Fields& defaults, std::string_view cookies,
                                       const std::optional<Proxy>& proxy);

}  // namespace cookbook::http_client
