// How Python sees and quotes the bytes of a text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cookbook::cidr_addresses {

/// Takes the first character off `text`, which must not be empty, and returns its code point. A
/// byte that is no UTF-8 becomes U+DC80 to U+DCFF, as Python reads its standard input and arguments
/// under LC_ALL=C.UTF-8 ("surrogateescape", PEP 383).
char32_t take_character(std::string_view& text) noexcept;

/// str.isprintable() of CPython 3.13 (Unicode 15.1) for one character.
bool is_printable(char32_t character) noexcept;

/// repr(text): quoted, with escapes for all that would not print.
std::string python_repr(std::string_view text);

/// The JSON document with each character beyond ASCII written \uXXXX, as json.dumps() does: what
/// began as broken UTF-8 leaves as a lone surrogate, which json.loads() takes.
std::string ascii_json(std::string_view json);

}  // namespace cookbook::cidr_addresses
