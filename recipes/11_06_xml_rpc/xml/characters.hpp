// The characters that a document may have (XML 1.0, 2.2). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cookbook::xml_rpc {

/// Whether a document may have this character.
[[nodiscard]] constexpr bool is_xml_character(char32_t c) noexcept {
    return c >= 0x20
               ? c <= 0xd7ff || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff)
               : c == '\t' || c == '\n' || c == '\r';
}

/// Where the first byte is that no document may have: malformed UTF-8 (RFC 3629), or a character
/// that XML excludes; npos if there is none.
[[nodiscard]] std::size_t find_forbidden(std::string_view text) noexcept;

[[nodiscard]] bool is_ascii(std::string_view text) noexcept;

/// Appends a character as UTF-8.
void append_utf8(std::string& out, char32_t c);

}  // namespace cookbook::xml_rpc
