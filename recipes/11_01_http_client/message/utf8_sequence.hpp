// Whether bytes are UTF-8 (RFC 3629), and where they are not. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace cookbook::http_client {

/// A character at the start of a text. If there is none: the bytes that one U+FFFD stands for, as
/// many as could have been the beginning of one (Unicode, 3.9, maximal subparts).
struct Utf8Sequence {
    std::size_t size;
    bool is_character;
    bool may_go_on = false;  // the text ends in the middle of it
};

/// What a text that is not empty begins with (RFC 3629).
[[nodiscard]] Utf8Sequence utf8_sequence(std::string_view text);

/// Whether these bytes are UTF-8 (RFC 3629), without a surrogate.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

}  // namespace cookbook::http_client
