// Text of a field, taken apart. Pure.
#pragma once

#include <string_view>

namespace cookbook::http_client {

/// Without the spaces and tabs around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// Takes from `text` what is before the next `mark`, and the mark; all if there is none.
std::string_view take_until(std::string_view& text, char mark) noexcept;

}  // namespace cookbook::http_client
