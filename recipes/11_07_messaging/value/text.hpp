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

/// How many bytes of `text`, from its start, are valid UTF-8 (RFC 3629). Surrogates are valid here,
/// as they are with Python's error handler "surrogatepass".
std::size_t valid_utf8(std::string_view text);

/// Each character up to U+00FF as one byte. Throws std::runtime_error for others.
std::string to_latin1(std::string_view text);

}  // namespace cookbook::messaging
