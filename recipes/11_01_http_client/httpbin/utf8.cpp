#include "utf8.hpp"

#include "11_01_http_client/message/percent_encoding.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::http_client::httpbin {
namespace {

/// The text, `append_substitute(made, bytes)` for what is not a character.
template <typename AppendSubstitute>
std::string with_substitutes(std::string_view text, AppendSubstitute append_substitute) {
    std::string made;
    while (!text.empty()) {
        const Utf8Sequence sequence = utf8_sequence(text);
        const std::string_view bytes = text.substr(0, sequence.size);
        if (sequence.is_character) {
            made += bytes;
        } else {
            append_substitute(made, bytes);
        }
        text.remove_prefix(sequence.size);
    }
    return made;
}

}  // namespace

std::string replace_malformed(std::string_view text) {
    return with_substitutes(text,
                            [](std::string& made, std::string_view) { made += "\xef\xbf\xbd"; });
}

std::string encode_malformed(std::string_view text) {
    return with_substitutes(text, [](std::string& made, std::string_view bytes) {
        for (const char c : bytes) {
            append_encoded(made, c);
        }
    });
}

std::string from_latin1(std::string_view text) {
    std::string converted;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            converted += c;
        } else {
            converted += static_cast<char>(0xc0U | (byte >> 6U));
            converted += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return converted;
}

}  // namespace cookbook::http_client::httpbin
