// UTF-8 (RFC 3629): what is well-formed, and what becomes of the rest. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cookbook::http_client {

/// The bytes of the character that `text` begins with; 0 if it is malformed or empty.
[[nodiscard]] std::size_t character_size(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// U+FFFD in the place of each byte that belongs to no character.
[[nodiscard]] std::string replace_malformed(std::string_view text);

/// ISO-8859-1, as which Python's servers read fields, in UTF-8.
[[nodiscard]] std::string from_latin1(std::string_view text);

}  // namespace cookbook::http_client
