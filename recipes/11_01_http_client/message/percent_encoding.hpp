// Text made fit for URLs. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cookbook::http_client {

/// Whether `text` holds a control character, a tab too: no part of a URL may, in any form.
[[nodiscard]] bool has_control(std::string_view text) noexcept;

/// Appends "%2F" for a slash.
void append_encoded(std::string& to, char c);

/// Percent-encodes what no URL may hold: spaces, "<>\^`{|} and bytes above 127. Controls are the
/// caller's to refuse. All else stays as it is, a % too: `text` may be encoded already.
[[nodiscard]] std::string encode_illegal(std::string_view text);

/// `text` without its percent-encoding; nullopt if a % has no two digits behind it.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace cookbook::http_client
