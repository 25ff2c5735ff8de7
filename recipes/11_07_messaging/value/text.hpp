// Text as Python's str has it: UTF-8 that may hold lone surrogates.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cookbook::messaging {

/// One character: its code point, a surrogate's too, and the bytes that it takes; no bytes if none
/// begins there.
struct Character {
    char32_t code = 0;
    std::size_t size = 0;
};
Character character_at(std::string_view text, std::size_t position);

/// The length of the longest start of `text` that is UTF-8 (RFC 3629), except that surrogates are
/// taken too, as Python's error handler "surrogatepass" does.
std::size_t valid_utf8(std::string_view text);

/// The characters up to U+00FF as one byte each. Throws std::runtime_error for others.
std::string to_latin1(std::string_view text);

/// For messages: ASCII letters and the like as they are, all else as '?', long texts cut short.
std::string printable(std::string_view text);

}  // namespace cookbook::messaging
