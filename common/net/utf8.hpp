// Whether bytes are UTF-8 (RFC 3629), and where they are not; text of a peer's, made fit to be
// shown. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cookbook {

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

/// A peer's text for one line of a terminal or of a log. What could end the line or do something to
/// a terminal becomes \x1b, byte by byte, or one `substitute`: control characters of ASCII and of
/// ISO 6429, U+2028, U+2029, and what is not UTF-8.
[[nodiscard]] std::string printable(std::string_view text, std::optional<char> substitute = {});

/// A text as an error may repeat it: its first characters, at most so many bytes, and "…" if there
/// are more.
[[nodiscard]] std::string brief(std::string_view text, std::size_t max_size = 40);

}  // namespace cookbook
