// How Python decodes and quotes the bytes of a text.
#pragma once

#include <string>
#include <string_view>

namespace cookbook::cidr_addresses {

/// str.isprintable() of CPython 3.13 (Unicode 15.1) for one character.
bool is_printable(char32_t character) noexcept;

/// repr(text): quoted, with escapes for what is not printable. Bytes that are not UTF-8 are lone
/// surrogates, U+DC80 to U+DCFF, as Python reads its standard input and arguments under
/// LC_ALL=C.UTF-8 ("surrogateescape", PEP 383).
std::string python_repr(std::string_view text);

/// The JSON document with every character beyond ASCII as \uXXXX, as json.dumps() writes it. Bytes
/// that are not UTF-8 become lone surrogates, which json.loads() accepts.
std::string ascii_json(std::string_view json);

}  // namespace cookbook::cidr_addresses
