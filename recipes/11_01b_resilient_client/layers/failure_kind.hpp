// What kind of failure an attempt has come to. Pure.
#pragma once

#include <system_error>

#include "layer.hpp"

namespace cookbook::resilient_client {

/// `code`, of an exception that ended an attempt; none if that had none. `was_sent`: something of
/// the request may have left.
[[nodiscard]] Failure::Kind kind_of(const std::error_code& code, bool was_sent);

}  // namespace cookbook::resilient_client
