// Text of any charset, as UTF-8. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cookbook::http_client {

/// Makes UTF-8 of the text of a body as it comes. Its charset is what its byte order mark says,
/// otherwise what the `charset` of its Content-Type says, otherwise UTF-8; that also if nobody
/// knows the charset. The mark is left out. What does not fit the charset becomes U+FFFD.
class TextDecoder {
public:
    explicit TextDecoder(std::string_view content_type);

    /// The text of these bytes, up to the last character that is whole, and not of the first three
    /// bytes of all: they may be a mark.
    [[nodiscard]] std::string decode(std::string_view bytes);

    /// The rest of the text.
    [[nodiscard]] std::string finish();

private:
    struct Close {
        void operator()(void* converter) const noexcept;
    };

    void begin();
    std::string convert(bool at_end);
    std::string convert_utf8(bool at_end);
    std::string convert_charset(bool at_end);

    std::string charset_;
    bool begun_ = false;
    std::string bytes_;                       // that have not become text yet
    std::unique_ptr<void, Close> converter_;  // iconv's; null for UTF-8
};

/// The whole text of a body.
[[nodiscard]] std::string to_utf8(std::string_view content, std::string_view content_type);

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
