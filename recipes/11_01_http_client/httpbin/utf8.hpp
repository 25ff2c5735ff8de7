// Bytes made UTF-8, which JSON must be. Pure.
#pragma once

#include <string>
#include <string_view>

namespace cookbook::http_client::httpbin {

/// U+FFFD in the place of what is not UTF-8. All else is kept, a byte order mark, too.
[[nodiscard]] std::string replace_malformed(std::string_view text);

/// The same, percent-encoded instead of replaced.
[[nodiscard]] std::string encode_malformed(std::string_view text);

/// Of ISO-8859-1, as which Python's servers read fields.
[[nodiscard]] std::string from_latin1(std::string_view text);

}  // namespace cookbook::http_client::httpbin
