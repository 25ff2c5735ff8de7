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

}  // namespace cookbook::http_client
